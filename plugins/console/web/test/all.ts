import "./markdown";
import "./schema";
import "./stream";
import "./timeline";
