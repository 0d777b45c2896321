// OpenAI's client for JavaScript, as its documentation shows it, against an agent.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import OpenAI from "openai";
import { VERSION } from "openai/version";

const baseURL = `${process.env.GALATEA_URL}/v1`;
let checks = 0;

function check(isSo, what) {
  assert.ok(isSo, typeof what === "string" ? what : JSON.stringify(what));
  checks += 1;
}

async function raises(kind, call, status, code) {
  try {
    await call();
  } catch (error) {
    check(error instanceof kind, `${error.constructor.name} is not ${kind.name}: ${error}`);
    if (status) check(error.status === status, error);
    if (code) check(error.code === code, error);
    return error;
  }
  assert.fail(`no ${kind.name}`);
}

const client = new OpenAI({ baseURL, apiKey: process.env.CHATS, maxRetries: 0 });
const user = (content) => ({ role: "user", content });
const say = async (text, more) => {
  const made = await client.chat.completions.create({ model: "ada", messages: [user(text)], ...more });
  return made.choices[0].message.content;
};

// Models.
const models = await client.models.list();
check(models.data.map((model) => model.id).join() === "ada", models.data);
check((await client.models.retrieve("ada")).owned_by === "galatea", "a model by its name");

// A chat, and one that goes on.
const hello = await client.chat.completions.create({ model: "ada", messages: [user("Hello!")] });
check(hello.object === "chat.completion" && hello.choices[0].finish_reason === "stop", hello);
check(hello.choices[0].message.content.length > 0, hello);
check(hello.usage.total_tokens === hello.usage.prompt_tokens + hello.usage.completion_tokens, hello.usage);
await say("My name is Grace.", { user: "u-js" });
check((await say("What is my name?", { user: "u-js" })).includes("Grace"), "the conversation is kept");
check(!(await say("What is my name?", { user: "u-other" })).includes("Grace"), "another one is another one");
const told = await client.chat.completions.create({
  model: "ada",
  messages: [
    { role: "system", content: "Be brief." },
    user("My name is Barbara."),
    { role: "assistant", content: "Good to meet you." },
    user("What is my name?"),
  ],
});
check(told.choices[0].message.content.includes("Barbara"), told);

// Streams.
const stream = await client.chat.completions.create({
  model: "ada",
  messages: [user("Tell me about the weather and about clouds, please.")],
  stream: true,
  stream_options: { include_usage: true },
});
let [text, usage, finish, count] = ["", null, null, 0];
for await (const chunk of stream) {
  count += 1;
  usage = chunk.usage ?? usage;
  text += chunk.choices[0]?.delta.content ?? "";
  finish = chunk.choices[0]?.finish_reason ?? finish;
}
check(text.trim().length > 0 && finish === "stop" && usage && count >= 4, { text, finish, usage, count });
const runner = client.chat.completions.stream({ model: "ada", messages: [user("Hello!")] });
check((await runner.finalContent()).length > 0, "the helper for streams");
const broken = await client.chat.completions.create({ model: "ada", messages: [user("Hello!")], stream: true });
for await (const _ of broken) break;
check(broken.controller.signal.aborted, "a stream may be left");

// Responses.
const named = await client.responses.create({ model: "ada", input: "My name is Joan.", metadata: { a: "b" } });
check(named.status === "completed" && named.output_text.length > 0 && named.metadata.a === "b", named);
const asked = await client.responses.create({
  model: "ada",
  input: [{ role: "user", content: [{ type: "input_text", text: "What is my name?" }] }],
  previous_response_id: named.id,
});
check(asked.output_text.includes("Joan"), asked.output_text);
const kept = await client.responses.retrieve(asked.id);
check(kept.output_text === asked.output_text, kept);
const items = await client.responses.inputItems.list(asked.id);
check(items.data[0].content[0].text === "What is my name?", items.data);
const conversation = `js-${Date.now()}`;
await client.responses.create({ model: "ada", input: "My name is Karen.", conversation });
const again = await client.responses.create({ model: "ada", input: "What is my name?", conversation });
check(again.output_text.includes("Karen"), again.output_text);
const kinds = [];
let [whole, delta] = [null, ""];
for await (const event of await client.responses.create({ model: "ada", input: "Hello!", stream: true })) {
  kinds.push(event.type);
  if (event.type === "response.output_text.delta") delta += event.delta;
  if (event.type === "response.completed") whole = event.response;
}
check(kinds[0] === "response.created" && kinds.at(-1) === "response.completed", kinds);
check(delta.length > 0 && whole.output[0].content[0].text === delta, delta);
const final = await client.responses.stream({ model: "ada", input: "Hello!" }).finalResponse();
check(final.output_text.length > 0, final);

// Deleting is for who may manage; a token sees its own responses only.
await raises(OpenAI.PermissionDeniedError, () => client.responses.delete(asked.id), 403);
const owner = new OpenAI({ baseURL, apiKey: process.env.ALL, maxRetries: 0 });
await raises(OpenAI.NotFoundError, () => owner.responses.retrieve(asked.id), 404, "response_not_found");
const own = await owner.responses.create({ model: "ada", input: "Hello!" });
await owner.responses.delete(own.id);
await raises(OpenAI.NotFoundError, () => owner.responses.retrieve(own.id), 404);

// Embeddings.
const vectors = await client.embeddings.create({ model: "ada", input: ["rain", "snow"] });
const plain = await client.embeddings.create({ model: "ada", input: "rain", encoding_format: "float" });
check(vectors.data[1].embedding.length === plain.data[0].embedding.length, "as long");
check(vectors.data[0].embedding.every((number, at) => Math.abs(number - plain.data[0].embedding[at]) < 1e-6), "the same");

// Errors are those of the client.
const messages = [user("Hi.")];
const tool = { type: "function", function: { name: "f", parameters: { type: "object" } } };
await raises(OpenAI.NotFoundError, () => client.chat.completions.create({ model: "gpt-4o", messages }), 404, "model_not_found");
for (const [code, more] of [
  ["unsupported_parameter", { tools: [tool] }],
  ["unsupported_parameter", { n: 2 }],
  ["invalid_type", { temperature: "warm" }],
]) {
  const call = () => client.chat.completions.create({ model: "ada", messages, ...more });
  const error = await raises(OpenAI.BadRequestError, call, 400, code);
  check(error.type === "invalid_request_error" && error.param === Object.keys(more)[0], error);
}
const unknown = new OpenAI({ baseURL, apiKey: "gal_nobody", maxRetries: 0 });
await raises(OpenAI.AuthenticationError, () => unknown.models.list(), 401, "invalid_api_key");
const reader = new OpenAI({ baseURL, apiKey: process.env.READS, maxRetries: 0 });
await raises(OpenAI.PermissionDeniedError, () => reader.chat.completions.create({ model: "ada", messages }), 403);
// Somebody who never answers.
const silent = createServer(() => {}).listen(0, "127.0.0.1");
await once(silent, "listening");
const late = new OpenAI({ baseURL: `http://127.0.0.1:${silent.address().port}/v1`, apiKey: "x", maxRetries: 0, timeout: 200 });
await raises(OpenAI.APIConnectionTimeoutError, () => late.models.list());
silent.close();
const dead = new OpenAI({ baseURL: "http://127.0.0.1:1/v1", apiKey: "x", maxRetries: 0 });
await raises(OpenAI.APIConnectionError, () => dead.models.list());

// Twenty at once.
const begun = performance.now();
await Promise.all(
  Array.from({ length: 20 }, async (_, number) => {
    const name = `Anna${String.fromCharCode(97 + number)}`;
    const metadata = { conversation: `many-js-${number}` };
    await say(`My name is ${name}.`, { metadata });
    check((await say("What is my name?", { metadata })).includes(name), name);
  }),
);
console.log(`20 conversations of two turns at once: ${((performance.now() - begun) / 1000).toFixed(2)} s`);
console.log(`openai ${VERSION}`);
console.log(`checks: ${checks}`);
process.exit(0);
