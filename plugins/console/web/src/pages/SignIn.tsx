import { useRef, useState } from "preact/hooks";
import { messageOf } from "../core/http";
import { signIn } from "../core/session";
import { Button, Field } from "../ui/basic";
import { Mark } from "../ui/Icon";

export function SignIn({ reason }: { reason?: string | undefined }) {
  const [token, setToken] = useState("");
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (token.trim() === "") return input.current?.focus();
    setBusy(true);
    try {
      await signIn(token.trim());
    } catch (failed) {
      setError(messageOf(failed));
      setBusy(false);
      input.current?.select();
    }
  };
  return (
    <main class="alone sign-in">
      <form onSubmit={submit}>
        <p class="brand"><Mark size={26} />Galatea</p>
        <h1>Sign in</h1>
        {reason && <p class="help">{reason}</p>}
        <Field id="token" label="Access token" error={error} help={<>Made on the machine where the agent runs: <code>galatea token new</code></>}>
          <input
            id="token" ref={input} type="password" autocomplete="current-password" spellcheck={false} autofocus value={token}
            aria-invalid={error !== undefined} aria-describedby={error ? "token-error" : "token-help"}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </Field>
        <Button kind="main" type="submit" busy={busy}>Sign in</Button>
      </form>
    </main>
  );
}
