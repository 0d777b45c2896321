// What /api/v1 answers, as far as the console reads it. Keys are the engine's: kebab-case. Times are RFC 3339, durations microseconds.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface Session {
  "signed-in": boolean;
  name?: string;
  role?: string;
  scopes?: string[];
  csrf?: string;
  agents?: { id: string; name: string }[];
}

export interface Page<T> {
  items: T[];
  next?: string;
}

export interface Agent {
  id: string;
  name: string;
  username?: string;
  bio?: string[];
  status: string;
  since?: string;
  plugins?: number;
  store?: string;
  answers?: { plugin?: string; why?: string } | null;
}

export interface Model {
  kind: string;
  plugin: string;
  model?: string;
  priority?: number;
  chosen?: boolean;
  health?: string;
  why?: string;
}

export interface Attachment {
  id?: string;
  url: string;
  title?: string;
  description?: string;
  text?: string;
  "media-type"?: string;
}

export interface Content {
  text: string;
  thought?: string;
  actions?: string[];
  source?: string;
  "in-reply-to"?: string;
  attachments?: Attachment[];
  [more: string]: unknown;
}

export interface Memory {
  id: string;
  kind: string | { custom: string };
  agent: string;
  entity: string;
  room: string;
  world?: string | null;
  at: string;
  sequence?: number;
  content: Content;
  metadata?: Json;
}

export interface Found {
  memory: Memory;
  score?: number;
  snippet?: { text: string; marks: [from: number, to: number][] };
}

/** Somebody the agent knows. */
export interface Entity {
  id: string;
  /** The current one first. */
  names: string[];
}

export interface Room {
  id: string;
  name?: string;
  source?: string;
  kind?: string;
  world?: string | null;
  attention?: string;
  participants?: { id: string; name: string }[];
  last?: { at: string; text: string } | null;
  mine?: boolean;
}

export interface ActionResult {
  success: boolean;
  text?: string;
  values?: JsonObject;
  data?: Json;
  error?: string;
  metadata?: JsonObject;
}

export interface Approval {
  id: string;
  run: string;
  room: string | { id: string; name?: string };
  message: string;
  action: string;
  arguments: JsonObject;
  step: number;
  "asked-at": string;
  "expires-at": string;
  by?: string[];
  answered?: { ruling: string; by?: string | null; name: string; at: string };
  text?: string;
}

export interface Usage {
  prompt: number;
  completion: number;
  cached?: number;
  reasoning?: number;
}

export interface ModelCall {
  provider: string;
  kind: string;
  model: string;
  purpose: string | { other: string };
  usage: Usage;
  cost?: number;
  start: number;
  micros: number;
  "first-micros"?: number;
  failed?: [string, string][];
  step?: number;
  text?: string;
  calls?: { name: string; arguments?: Json }[];
  problem?: string;
  cut?: boolean;
}

export interface Step {
  action: string;
  arguments: JsonObject;
  status: string;
  result?: ActionResult;
  "allowed-by"?: { name: string; at: string };
  start: number;
  micros: number;
}

export interface RunRecord {
  run: string;
  room: string;
  message: string;
  status: string;
  error?: string | null;
  responded: boolean;
  reason: string;
  stages: { stage: string; start: number; micros: number }[];
  providers: { name: string; start: number; micros: number; characters: number; error?: string }[];
  "model-calls": ModelCall[];
  trimmed?: { before: number; after: number; messages: number; steps: number; context: number }[];
  steps: Step[];
  approvals?: Approval[];
  attempts?: number;
  replies: string[];
  evaluations: { evaluator: string; evaluation?: Json; error?: string | null; start: number; micros: number }[];
  micros: number;
}

export interface RunDetail extends RunRecord {
  at?: string;
  text?: string;
  said?: Memory[];
  prompts?: boolean[];
}

export interface RunRow {
  run: string;
  room: string;
  message: string;
  status: string;
  at: string;
  micros: number;
  text: string;
  tokens?: number;
  cost?: number | null;
  "model-calls"?: number;
  steps?: number;
}

export interface Prompt {
  kind: string;
  plugin: string;
  model: string;
  request: Json;
  answer: Json;
}

export interface Service {
  service: string;
  state: string;
  why?: string;
  /** What it says is wrong while it runs. */
  unwell?: string | null;
  restarts?: number;
}

export interface Plugin {
  name: string;
  version: string;
  description?: string;
  standing: string;
  why?: string;
  since?: string;
  order?: number;
  requires?: string[];
  "required-by"?: string[];
  "has-config"?: boolean;
  services?: Service[];
  actions?: string[];
  providers?: string[];
  evaluators?: string[];
  routes?: string[];
  tasks?: string[];
  events?: string[];
  models?: string[];
  permissions?: string[];
  grants?: Record<string, string[]>;
}

export interface PluginDetail extends Plugin {
  config?: JsonObject;
  /** The keys of it that the character writes; the others are defaults. */
  written?: string[];
  "config-schema"?: JsonObject;
}

export interface Problem {
  path?: string;
  message: string;
  help?: string;
}

export interface Graph {
  nodes: { id: string; version?: string; order?: number; standing: string; kind?: string }[];
  edges: { from: string; to: string; kind: string }[];
}

export interface ChangeReport {
  plugins?: { plugin: string; change: Json }[];
  [more: string]: unknown;
}

export interface Task {
  id: string;
  name: string;
  plugin: string;
  schedule?: Json;
  declared?: boolean;
  state?: Json;
  due?: string | null;
  "not-before"?: string | null;
  attempts?: number;
  "last-run"?: string | null;
  "last-error"?: string | null;
}

export interface EngineEvent {
  name: string;
  at: string;
  room?: string;
  run?: string;
  data: Json;
}

export interface LogRecord {
  at: string;
  level: string;
  target: string;
  message: string;
  fields?: JsonObject;
  spans?: (string | JsonObject)[];
  agent?: string;
}

export interface StatPoint {
  at: string;
  [measure: string]: number | string | undefined;
}

export interface PartStat {
  kind: string;
  name: string;
  plugin?: string;
  "model-kind"?: string;
  calls: number;
  failures: number;
  "total-micros": number;
  p50: number;
  p99: number;
}

export interface Stats {
  series: StatPoint[];
  parts: PartStat[];
  caches: { name: string; hits: number; misses: number }[];
  spent: Spent;
}

export interface Spent {
  "tokens-in": number;
  "tokens-out": number;
  cost: number;
  budgets: Budget[];
}

/** Limit and use are tokens, or billionths of a dollar. */
export interface Budget {
  holder: string;
  period: string;
  unit: string;
  limit: number;
  used: number;
  renews?: string | null;
}

export interface Token {
  id: string;
  name: string;
  role: string;
  scopes: string[];
  created: string;
  expires?: string;
  used?: string;
}
