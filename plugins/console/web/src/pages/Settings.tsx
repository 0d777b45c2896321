import { useState } from "preact/hooks";
import { get, messageOf, send } from "../core/http";
import { useResource } from "../core/resource";
import { base, current, may, session } from "../core/session";
import { shortcuts, theme, type Theme } from "../core/theme";
import type { Json, JsonObject, Page, Token } from "../core/types";
import { isObject } from "../schema/shape";
import { Button, Code, CopyButton, Field, Header, Select, Tag, Time } from "../ui/basic";
import { confirm, Dialog, note } from "../ui/Dialog";
import { Disclosure } from "../ui/Disclosure";
import { Empty, Load } from "../ui/Load";

export function Settings() {
  const who = session.value.is === "in" ? session.value.session : undefined;
  return (
    <div class="settings">
      <Header title="Settings" about={current.value!.name} />
      <section class="group-of">
        <h2>This browser</h2>
        <div class="setting">
          <span>Theme</span>
          <Select label="Theme" value={theme.value} options={[["system", "As the system"], ["light", "Light"], ["dark", "Dark"]]} onChange={(value) => (theme.value = value as Theme)} />
        </div>
        <div class="setting">
          <span>Keyboard</span>
          <label class="switch"><input type="checkbox" checked={shortcuts.value} onChange={(event) => (shortcuts.value = event.currentTarget.checked)} /><span>Single keys act as shortcuts</span></label>
        </div>
        <div class="setting">
          <span>Signed in as</span>
          <p>{who?.name ?? "nobody"} {who?.role && <Tag>{who.role}</Tag>} {who?.scopes?.map((scope) => <Tag key={scope}>{scope}</Tag>)}</p>
        </div>
      </section>
      {may("owner", "manage") && <Tokens />}
      {may("admin", "read") && <About />}
    </div>
  );
}

function Tokens() {
  const tokens = useResource(current.value!.id, (signal) => get<Page<Token>>(`${base.value}/tokens?limit=200`, signal));
  const [making, setMaking] = useState(false);
  const revoke = async (token: Token) => {
    if (!(await confirm({ title: `Revoke “${token.name}”?`, text: "Whoever uses it is refused from now on.", yes: "Revoke", bad: true }))) return;
    try {
      await send("DELETE", `${base.value}/tokens/${encodeURIComponent(token.id)}`);
      note(`“${token.name}” is revoked`);
      tokens.reload();
    } catch (error) {
      note(messageOf(error), true);
    }
  };
  return (
    <section class="group-of">
      <header class="group-head">
        <h2>Access tokens</h2>
        <Button icon="plus" onClick={() => setMaking(true)}>New token</Button>
      </header>
      <Load of={tokens} lines={3}>
        {(data) => data.items.length === 0 ? <Empty icon="key" title="No tokens"><p>A token lets a program or a person in from elsewhere, as far as its role and scopes go.</p></Empty> : (
          <ul class="rows">
            {data.items.map((token) => (
              <li key={token.id} class="row token-row">
                <div class="row-main">
                  <b>{token.name}</b>
                  <span>
                    made <Time at={token.created} relative />, {token.used ? <>used <Time at={token.used} relative />, </> : "never used, "}
                    {token.expires ? <>ends <Time at={token.expires} relative /></> : "never ends"}
                  </span>
                </div>
                <span class="row-end"><Tag tone="ok">{token.role}</Tag>{token.scopes.map((scope) => <Tag key={scope}>{scope}</Tag>)}</span>
                <span class="row-tools"><Button onClick={() => revoke(token)}>Revoke</Button></span>
              </li>
            ))}
          </ul>
        )}
      </Load>
      {making && <NewToken close={() => setMaking(false)} made={tokens.reload} />}
    </section>
  );
}

const SCOPES: [scope: string, about: string][] = [["read", "look at what there is"], ["chat", "send messages, answer approvals"], ["manage", "change plugins, delete"], ["metrics", "read metrics"], ["routes", "call routes of plugins"]];
const EXPIRY: [value: string, text: string][] = [["7d", "in 7 days"], ["30d", "in 30 days"], ["90d", "in 90 days"], ["365d", "in a year"], ["", "never"]];

function NewToken({ close, made }: { close: () => void; made: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState("member");
  const [scopes, setScopes] = useState(["read", "chat"]);
  const [expires, setExpires] = useState("30d");
  const [token, setToken] = useState<string>();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const create = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const answer = await send<{ token: string }>("POST", `${base.value}/tokens`, { name: name.trim(), role, scopes, ...(expires === "" ? {} : { expires }) });
      setToken(answer.token);
      made();
    } catch (failed) {
      setError(messageOf(failed));
    }
    setBusy(false);
  };
  if (token !== undefined) {
    return (
      <Dialog title={`Token “${name.trim()}”`} close={close} actions={<Button kind="main" onClick={close}>Done</Button>}>
        <p>This is the only time it is shown. Keep it where passwords are kept.</p>
        <div class="token"><code>{token}</code><CopyButton text={token} label="Copy token" /></div>
      </Dialog>
    );
  }
  const toggle = (scope: string, on: boolean) => setScopes(on ? [...scopes, scope] : scopes.filter((one) => one !== scope));
  return (
    <Dialog title="New token" close={close} actions={<><Button onClick={close}>Cancel</Button><Button kind="main" busy={busy} disabled={name.trim() === "" || scopes.length === 0} onClick={create}>Create</Button></>}>
      <form onSubmit={create} class="config token-form">
        <Field id="token-name" label="Name" help="Who or what uses it"><input id="token-name" type="text" autofocus value={name} onInput={(event) => setName(event.currentTarget.value)} /></Field>
        <div class="pair">
          <div class="field"><span class="label">Role</span><Select label="Role" value={role} options={["guest", "member", "admin", "owner"].map((one): [string, string] => [one, one])} onChange={setRole} /></div>
          <div class="field"><span class="label">Ends</span><Select label="Ends" value={expires} options={EXPIRY} onChange={setExpires} /></div>
        </div>
        <fieldset class="field">
          <legend>Scopes</legend>
          <div class="options">
            {SCOPES.map(([scope, about]) => (
              <label key={scope} class="option"><input type="checkbox" checked={scopes.includes(scope)} onChange={(event) => toggle(scope, event.currentTarget.checked)} /><span><b>{scope}</b><small>{about}</small></span></label>
            ))}
          </div>
        </fieldset>
        {error && <p class="problem" role="alert">{error}</p>}
      </form>
    </Dialog>
  );
}

/** What the agent is made of: its plan, and its character with secrets covered. */
function About() {
  return (
    <section class="group-of">
      <h2>{current.value!.name}</h2>
      <Disclosure summary="Plan: which plugins run, in which order and why">{() => <Plan />}</Disclosure>
      <Disclosure summary="Character file, secrets covered">{() => <Character />}</Disclosure>
    </section>
  );
}

function Plan() {
  const plan = useResource(current.value!.id, (signal) => get<JsonObject>(`${base.value}/plan`, signal));
  return (
    <Load of={plan} lines={4}>
      {(data) => {
        const plugins = Array.isArray(data["plugins"]) ? data["plugins"].filter(isObject) : [];
        return (
          <>
            <ol class="plan">
              {plugins.map((plugin) => (
                <li key={String(plugin["name"])}>
                  <b>{String(plugin["name"])}</b> <span class="figure">{String(plugin["version"] ?? "")}</span>
                  {(Array.isArray(plugin["why"]) ? plugin["why"] : []).map((why: Json, n: number) => <p key={n} class="help">{String(why).replace(/`/g, "")}</p>)}
                </li>
              ))}
            </ol>
            <Disclosure summary="As JSON">{() => <Code value={data} label="Plan" />}</Disclosure>
          </>
        );
      }}
    </Load>
  );
}

function Character() {
  const character = useResource(current.value!.id, (signal) => get<JsonObject>(`${base.value}/character`, signal));
  return <Load of={character} lines={6}>{(data) => <Code value={data} label="Character" />}</Load>;
}
