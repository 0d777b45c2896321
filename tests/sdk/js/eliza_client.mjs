// The published client of elizaOS 1.7.2 against an agent.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { ApiError, ElizaClient } from "@elizaos/api-client";

const baseUrl = process.env.GALATEA_URL;
let checks = 0;

function check(isSo, what) {
  assert.ok(isSo, typeof what === "string" ? what : JSON.stringify(what));
  checks += 1;
}

async function raises(call, status, code) {
  try {
    await call();
  } catch (error) {
    check(error instanceof ApiError, `${error}`);
    check(error.status === status && error.code === code, `${error.status} ${error.code}: ${error.message}`);
    return error;
  }
  assert.fail(`no ${code}`);
}

const client = ElizaClient.create({ baseUrl, apiKey: process.env.CHATS });

// Who is here.
const { agents } = await client.agents.listAgents();
check(agents.length === 1 && agents[0].name === "Ada" && agents[0].status === "active", agents);
const agentId = agents[0].id;
const agent = await client.agents.getAgent(agentId);
check(agent.id === agentId && agent.topics.includes("clouds"), agent);
check((await client.agents.getAgentPanels(agentId)).panels.length === 0, "no panels");
check((await client.server.ping()).pong === true, "ping");
check((await client.server.checkHealth()).status === "OK", "health");
check((await client.server.getStatus()).agentCount === 1, "status");
check((await client.sessions.checkHealth()).status === "healthy", "sessions");

// A session.
const userId = randomUUID();
const session = await client.sessions.createSession({ agentId, userId, metadata: { platform: "test", username: "Grace" } });
check(session.sessionId && session.agentId === agentId && session.userId === userId, session);
check(!Number.isNaN(Date.parse(session.createdAt)), session.createdAt);
const { sessionId } = session;
const hello = await client.sessions.sendMessageSync(sessionId, { content: "My name is Grace." });
check(hello.success && hello.agentResponse.text.length > 0, hello);
check(hello.userMessage.content === "My name is Grace." && hello.userMessage.authorId === userId, hello.userMessage);
check(hello.sessionStatus.wasRenewed === true && hello.sessionStatus.renewalCount === 1, hello.sessionStatus);
const named = await client.sessions.sendMessageSync(sessionId, { content: "What is my name?" });
check(named.agentResponse.text.includes("Grace"), named.agentResponse);
// Without a transport the reply is read from the messages.
const later = await client.sessions.sendMessage(sessionId, {
  content: "Hello again!",
  attachments: [{ type: "image", url: "https://example.com/cat.png", name: "cat", mimeType: "image/png" }],
  metadata: { tags: ["later"] },
});
check(later.success && later.agentResponse === undefined, later);
let messages = [];
for (let tries = 0; tries < 100 && messages.length < 6; tries += 1) {
  ({ messages } = await client.sessions.getMessages(sessionId));
  await new Promise((resolve) => setTimeout(resolve, 50));
}
check(messages.length === 6 && messages[0].isAgent && !messages[1].isAgent, messages);
check(messages[1].content === "Hello again!" && messages[1].metadata.tags[0] === "later", messages[1]);
check(messages[1].authorId === userId && messages[0].authorId === agentId, messages);
const page = await client.sessions.getMessages(sessionId, { limit: 2, before: new Date(messages[1].createdAt) });
check(page.messages.length === 2 && page.hasMore === true && page.cursors.before > 0, page);
const newer = await client.sessions.getMessages(sessionId, { after: messages[2].createdAt });
check(newer.messages.every((message) => Date.parse(message.createdAt) > Date.parse(messages[2].createdAt)), newer);
const info = await client.sessions.getSession(sessionId);
check(info.sessionId === sessionId && info.metadata.platform === "test" && info.timeRemaining > 1_700_000, info);
check((await client.sessions.listSessions()).total === 1, "one session");

// The same as a stream, as the client's readers of streams see it.
const stream = await fetch(`${baseUrl}/api/messaging/sessions/${sessionId}/messages`, {
  method: "POST",
  headers: { "content-type": "application/json", "x-api-key": process.env.CHATS },
  body: JSON.stringify({ content: "Hello once more!", transport: "sse" }),
});
const events = (await stream.text()).split("\n").filter((line) => line.startsWith("event: "));
check(events[0] === "event: user_message" && events.at(-1) === "event: done", events);

// Jobs.
const answer = await client.jobs.ask(userId, "Hello!", agentId, { interval: 50 });
check(answer.length > 0, answer);
const made = await client.jobs.create({ userId, content: "Hello!", metadata: { from: "test" }, timeoutMs: 20000 });
const done = await client.jobs.poll(made.jobId, { interval: 50 });
check(done.success && done.job.result.message.authorId === agentId && done.job.metadata.from === "test", done);
check((await client.jobs.list({ limit: 5 })).jobs.length === 2, "two jobs");
check((await client.jobs.health()).healthy === true, "jobs");

// Channels.
const channel = await client.messaging.getOrCreateDmChannel({ participantIds: [userId, agentId] });
check(channel.id && channel.type === "API", channel);
await client.messaging.postMessage(channel.id, "Hello there!");
let said = [];
for (let tries = 0; tries < 100 && said.length < 2; tries += 1) {
  ({ messages: said } = await client.messaging.getChannelMessages(channel.id));
  await new Promise((resolve) => setTimeout(resolve, 50));
}
check(said.length === 2 && said[1].content === "Hello there!" && said[1].authorId === userId, said);
check((await client.messaging.getChannelParticipants(channel.id)).includes(agentId), "who takes part");
check((await client.messaging.getChannelDetails(channel.id)).id === channel.id, "details");
const { messageServers } = await client.messaging.listMessageServers();
const { channels } = await client.messaging.getMessageServerChannels(messageServers[0].id);
check(channels.some((known) => known.id === channel.id), channels);

// What an admin reads.
await raises(() => client.memory.getAgentMemories(agentId), 403, "FORBIDDEN");
const owner = ElizaClient.create({ baseUrl, apiKey: process.env.ALL });
const { memories } = await owner.memory.getAgentMemories(agentId, { limit: 3 });
check(memories.length === 3 && memories[0].agentId === agentId, memories);
const { rooms } = await owner.memory.listAgentRooms(agentId);
check(rooms.some((room) => room.id === channel.id), rooms);
const { memories: talk } = await owner.memory.getRoomMemories(agentId, channel.id);
check(talk.length === 2 && talk[1].content.text === "Hello there!", talk);
const { runs } = await owner.runs.listRuns(agentId, { limit: 5, status: "completed" });
check(runs.length === 5 && runs.every((run) => run.status === "completed"), runs);
const detail = await owner.runs.getRun(agentId, runs[0].runId);
check(detail.summary.runId === runs[0].runId && detail.events.at(-1).type === "RUN_ENDED", detail);
check((await owner.memory.deleteMemory(agentId, talk[0].id)) !== undefined, "a memory is deleted");

// Errors, and what is not here.
await raises(() => client.agents.getAgent(randomUUID()), 404, "NOT_FOUND");
await raises(() => client.sessions.getSession(randomUUID()), 404, "SESSION_NOT_FOUND");
await raises(() => client.sessions.createSession({ agentId: randomUUID(), userId }), 404, "AGENT_NOT_FOUND");
await raises(() => client.sessions.sendMessage(sessionId, { content: "x".repeat(4001) }), 400, "VALIDATION_ERROR");
await raises(() => client.agents.createAgent({}), 501, "NOT_IMPLEMENTED");
await raises(() => client.agents.stopAgent(agentId), 501, "NOT_IMPLEMENTED");
await raises(() => client.system.getEnvironment(), 501, "NOT_IMPLEMENTED");
await raises(() => ElizaClient.create({ baseUrl, apiKey: "gal_nobody" }).agents.listAgents(), 401, "UNAUTHORIZED");
await raises(() => owner.sessions.getSession(sessionId), 404, "SESSION_NOT_FOUND");

// The end.
await client.sessions.deleteSession(sessionId);
await raises(() => client.sessions.getMessages(sessionId), 404, "SESSION_NOT_FOUND");
console.log(`checks: ${checks}`);
