import "./gather";
import "./markdown";
import "./order";
import "./schema";
import "./stream";
import "./timeline";
