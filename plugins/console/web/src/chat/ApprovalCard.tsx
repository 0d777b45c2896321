import { useState } from "preact/hooks";
import { messageOf } from "../core/http";
import type { Approval } from "../core/types";
import { Button, Code, Status, Time } from "../ui/basic";

/** An action that waits for a person. */
export function ApprovalCard({ approval, answer, about }: { approval: Approval; answer: (answer: "allow" | "deny") => Promise<void>; about?: string | undefined }) {
  const [busy, setBusy] = useState<"allow" | "deny">();
  const [error, setError] = useState<string>();
  const say = async (what: "allow" | "deny") => {
    setBusy(what);
    setError(undefined);
    try {
      await answer(what);
    } catch (failed) {
      setError(messageOf(failed));
    }
    setBusy(undefined);
  };
  const { answered } = approval;
  const given = Object.keys(approval.arguments).length > 0;
  return (
    <section class={`approval ${answered ? "done" : ""}`} aria-label={`Approval of ${approval.action}`}>
      <header>
        <h2>{answered ? <code>{approval.action}</code> : <>May I run <code>{approval.action}</code>?</>}</h2>
        {answered ? <Status word={answered.ruling}>{`${answered.ruling} by ${answered.name || "nobody"}`}</Status> : <Status word="waiting" />}
      </header>
      {about && <p class="about">{about}</p>}
      {given && <Code value={approval.arguments} label={`Arguments of ${approval.action}`} />}
      {!answered && (
        <footer>
          <Button kind="main" icon="check" busy={busy === "allow"} disabled={busy !== undefined} onClick={() => say("allow")}>Allow</Button>
          <Button busy={busy === "deny"} disabled={busy !== undefined} onClick={() => say("deny")}>Deny</Button>
          <p class="help">
            {approval.by && approval.by.length > 0 ? `For ${approval.by.join(", ")}. ` : ""}Ends <Time at={approval["expires-at"]} relative />.
          </p>
        </footer>
      )}
      {error && <p class="problem" role="alert">{error}</p>}
    </section>
  );
}
