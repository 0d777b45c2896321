import { render } from "preact";
import "@preact/signals";
import "./styles/index.css";
import "./core/theme";
import { App } from "./app";

render(<App />, document.getElementById("root")!);
