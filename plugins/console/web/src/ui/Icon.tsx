// Drawn on a grid of 16, one line of 1.5.
const PATHS = {
  chat: "M2.5 3.5h11v7.5H7L4 13.5V11H2.5z",
  agents: "M8 8a2.75 2.75 0 1 0 0-5.5A2.75 2.75 0 0 0 8 8Zm-5.5 5.5c.6-2.4 2.7-3.5 5.5-3.5s4.9 1.1 5.5 3.5",
  plugins: "M6 2.5v3m4-3v3m-6 0h8V8a4 4 0 0 1-8 0Zm4 6.5v1.5",
  approvals: "M2.5 8.5 6 12l7.5-8",
  tasks: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-9v3.2l2.2 1.6",
  runs: "M2.5 4h6M5 8h7M8 12h5.5",
  memories: "M3.5 2.5h7l2 2v9h-9zm2.5 4h4m-4 3h4",
  metrics: "M2.5 13.5h11M4.5 11V8M8 11V4m3.5 7V6.5",
  events: "M1.5 8.5h3l2-5 3 9 2-4h3",
  logs: "m3 4 3 3-3 3m4.5 2H13",
  settings: "M2.5 5h6m4 0h1M2.5 11h1m4 0h6M10.5 7a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm-5 6a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  menu: "M2.5 4.5h11m-11 3.5h11m-11 3.5h11",
  close: "m4 4 8 8m0-8-8 8",
  plus: "M8 3v10M3 8h10",
  send: "M8 13V3.5M4 7l4-4 4 4",
  stop: "M4.5 4.5h7v7h-7z",
  clip: "m12.5 7.5-5 5a3 3 0 0 1-4.2-4.3l5.4-5.4a2 2 0 0 1 2.9 2.9l-5.3 5.3a1 1 0 0 1-1.5-1.4l4.7-4.7",
  copy: "M5.5 5.5v-3h8v8h-3m-8-5h8v8h-8z",
  check: "M3 8.5 6.5 12 13 4.5",
  chevron: "m6 3.5 4.5 4.5L6 12.5",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Zm3.3-1.2 3.2 3.2",
  trash: "M3 4.5h10m-6.5-2h3m-5 2 .5 9h6l.5-9",
  retry: "M13 8a5 5 0 1 1-1.5-3.6M13 2.5v3h-3",
  pause: "M5.5 3.5v9m5-9v9",
  play: "m5 3.5 7 4.5-7 4.5z",
  sun: "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM8 1.5V3m0 10v1.5M1.5 8H3m10 0h1.5M3.4 3.4l1 1m7.2 7.2 1 1m0-9.2-1 1m-7.2 7.2-1 1",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5Z",
  system: "M2.5 3.5h11v7h-11zm3 10h5M8 10.5v3",
  help: "M5.8 6A2.2 2.2 0 1 1 8 8.3v1.2m0 2.4v.1",
  back: "M13 8H3.5M7.5 4l-4 4 4 4",
  warning: "M8 2.5 14 13H2Zm0 4v3m0 1.8v.1",
  key: "M10 6.5a3 3 0 1 1-1.2 2.4L3 14.5M5 12.5l1.5 1.5",
  out: "M9.5 2.5h-6v11h6M7 8h7m-2.5-2.5L14 8l-2.5 2.5",
  more: "M3.5 8v.01M8 8v.01M12.5 8v.01",
  file: "M4 2.5h5l3 3v8H4zm5 0v3h3",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path fill-rule="evenodd" d="M4 2h9.2a6.8 6.8 0 1 0 8.8 8.6V20a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2Z" />
      <circle cx="17.4" cy="6.6" r="3.4" />
    </svg>
  );
}
