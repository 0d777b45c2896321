"""OpenAI's client for Python, as its documentation shows it, against an agent."""

import asyncio
import os
import socket
import time

import openai
from openai import AsyncOpenAI, OpenAI

BASE = os.environ["GALATEA_URL"] + "/v1"
checks = 0


def check(is_so, what):
    global checks
    assert is_so, what
    checks += 1


def raises(kind, call, status=None, code=None):
    try:
        call()
    except kind as error:
        check(type(error) is kind, f"{type(error)} is not {kind}")
        check(status is None or error.status_code == status, error)
        check(code is None or error.code == code, f"{error.code}: {error}")
        return error
    raise AssertionError(f"no {kind}")


client = OpenAI(base_url=BASE, api_key=os.environ["CHATS"], max_retries=0)

# Models.
models = list(client.models.list())
check([model.id for model in models] == ["ada"], models)
check(models[0].owned_by == "galatea", models)
check(client.models.retrieve("ada").id == "ada", "a model by its name")

# A chat, and one that goes on by `user`.
hello = client.chat.completions.create(model="ada", messages=[{"role": "user", "content": "Hello!"}])
check(hello.object == "chat.completion" and hello.model == "ada", hello)
check(hello.choices[0].message.content and hello.choices[0].finish_reason == "stop", hello)
check(hello.choices[0].message.tool_calls is None, hello)
check(hello.usage.total_tokens == hello.usage.prompt_tokens + hello.usage.completion_tokens, hello.usage)


def say(text, **more):
    made = client.chat.completions.create(model="ada", messages=[{"role": "user", "content": text}], **more)
    return made.choices[0].message.content


say("My name is Grace.", user="u-1")
check("Grace" in say("What is my name?", user="u-1"), "the conversation is kept")
check("Grace" not in say("What is my name?", user="u-2"), "another one is another one")
say("My name is Linus.", metadata={"conversation": "c-1"})
check("Linus" in say("What is my name?", metadata={"conversation": "c-1"}), "by metadata")
told = client.chat.completions.create(
    model="ada",
    messages=[
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "My name is Barbara."},
        {"role": "assistant", "content": "Good to meet you."},
        {"role": "user", "content": [{"type": "text", "text": "What is my name?"}]},
    ],
)
check("Barbara" in told.choices[0].message.content, told)

# Streams.
pieces, usage, finish, chunks = [], None, None, 0
stream = client.chat.completions.create(
    model="ada",
    messages=[{"role": "user", "content": "Tell me about the weather and about clouds, please."}],
    stream=True,
    stream_options={"include_usage": True},
)
for chunk in stream:
    chunks += 1
    usage = chunk.usage or usage
    for choice in chunk.choices:
        pieces.append(choice.delta.content or "")
        finish = choice.finish_reason or finish
check("".join(pieces).strip() and finish == "stop" and usage.total_tokens >= 0 and chunks >= 4, (pieces, finish, usage))
with client.chat.completions.stream(model="ada", messages=[{"role": "user", "content": "Hello!"}]) as events:
    kinds = [event.type for event in events]
    final = events.get_final_completion()
check("content.delta" in kinds and kinds[-1] == "content.done" or "chunk" in kinds, kinds)
check(final.choices[0].message.content, final)

# Responses.
first = client.responses.create(model="ada", input="My name is Ada too.", instructions="Be kind.", metadata={"a": "b"})
check(first.status == "completed" and first.output_text, first)
check(first.metadata == {"a": "b"} and first.instructions == "Be kind.", first)
named = client.responses.create(model="ada", input="My name is Joan.")
asked = client.responses.create(model="ada", input="What is my name?", previous_response_id=named.id)
check("Joan" in asked.output_text and asked.previous_response_id == named.id, asked.output_text)
back = client.responses.create(model="ada", input="What is my name?", previous_response_id=first.id)
check("Joan" not in back.output_text, back.output_text)
kept = client.responses.retrieve(asked.id)
check(kept.output_text == asked.output_text and kept.usage.total_tokens == asked.usage.total_tokens, kept)
items = list(client.responses.input_items.list(asked.id))
check(items[0].content[0].text == "What is my name?", items)
kinds, text = [], ""
for event in client.responses.create(model="ada", input="Hello!", stream=True):
    kinds.append(event.type)
    if event.type == "response.output_text.delta":
        text += event.delta
check(kinds[0] == "response.created" and kinds[-1] == "response.completed", kinds)
check(event.response.output_text == text and text, (event.response.output_text, text))
with client.responses.stream(model="ada", input="Hello!") as events:
    kinds = [event.type for event in events]
    final = events.get_final_response()
check(final.output_text and "response.output_text.done" in kinds, kinds)

# Deleting is for who may manage; a token sees its own responses only.
raises(openai.PermissionDeniedError, lambda: client.responses.delete(asked.id), 403)
owner = OpenAI(base_url=BASE, api_key=os.environ["ALL"], max_retries=0)
raises(openai.NotFoundError, lambda: owner.responses.retrieve(asked.id), 404, "response_not_found")
own = owner.responses.create(model="ada", input="Hello!")
owner.responses.delete(own.id)
raises(openai.NotFoundError, lambda: owner.responses.retrieve(own.id), 404)

# Embeddings: the client asks for base64, and reads it.
vectors = client.embeddings.create(model="ada", input=["rain", "snow"])
plain = client.embeddings.create(model="ada", input="rain", encoding_format="float")
size = len(plain.data[0].embedding)
check(len(vectors.data) == 2 and len(vectors.data[1].embedding) == size, size)
check(all(abs(a - b) < 1e-6 for a, b in zip(vectors.data[0].embedding, plain.data[0].embedding)), "the same vector")

# Errors are those of the client.
raises(openai.NotFoundError, lambda: client.chat.completions.create(model="gpt-4o", messages=[]), 404, "model_not_found")
hi = [{"role": "user", "content": "Hi."}]
tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
for code, more in [
    ("unsupported_parameter", {"tools": [tool]}),
    ("unsupported_parameter", {"n": 2}),
    ("unsupported_parameter", {"response_format": {"type": "json_object"}}),
    ("invalid_type", {"temperature": "warm"}),
]:
    error = raises(
        openai.BadRequestError, lambda: client.chat.completions.create(model="ada", messages=hi, **more), 400, code
    )
    check(error.type == "invalid_request_error" and error.param == next(iter(more)), error)
unknown = OpenAI(base_url=BASE, api_key="gal_nobody", max_retries=0)
raises(openai.AuthenticationError, lambda: unknown.models.list(), 401, "invalid_api_key")
reader = OpenAI(base_url=BASE, api_key=os.environ["READS"], max_retries=0)
raises(openai.PermissionDeniedError, lambda: reader.chat.completions.create(model="ada", messages=hi), 403)
raises(openai.NotFoundError, lambda: client.files.list(), 404, "unknown_url")
# Somebody who never answers.
silent = socket.create_server(("127.0.0.1", 0))
late = OpenAI(base_url=f"http://127.0.0.1:{silent.getsockname()[1]}/v1", api_key="x", max_retries=0, timeout=0.2)
raises(openai.APITimeoutError, lambda: late.models.list())
dead = OpenAI(base_url="http://127.0.0.1:1/v1", api_key="x", max_retries=0)
raises(openai.APIConnectionError, lambda: dead.models.list())

# The same key, the same answer.
keyed = {"Idempotency-Key": "once"}
one = client.chat.completions.create(model="ada", messages=hi, extra_headers=keyed)
two = client.chat.completions.create(model="ada", messages=hi, extra_headers=keyed)
check(one.id == two.id and one.choices[0].message.content == two.choices[0].message.content, (one.id, two.id))


async def twenty():
    many = AsyncOpenAI(base_url=BASE, api_key=os.environ["CHATS"], max_retries=0)

    async def one(number):
        name = f"Anna{chr(97 + number)}"
        key = {"conversation": f"many-{number}"}
        for text in [f"My name is {name}.", "What is my name?"]:
            stream = await many.chat.completions.create(
                model="ada", messages=[{"role": "user", "content": text}], metadata=key, stream=True
            )
            said = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
        check(name in said, (name, said))

    await asyncio.gather(*(one(number) for number in range(20)))


begun = time.monotonic()
asyncio.run(twenty())
print(f"20 conversations of two turns at once: {time.monotonic() - begun:.2f} s")
print(f"openai {openai.__version__}")
print(f"checks: {checks}")
