import { get, send } from "../core/http";
import { approvals, refreshApprovals } from "../core/live";
import { useResource } from "../core/resource";
import { href } from "../core/route";
import { base, current, here } from "../core/session";
import type { Approval, Page } from "../core/types";
import { useLive } from "../core/useLive";
import { ApprovalCard } from "../chat/ApprovalCard";
import { knownRoom } from "../chat/room";
import { Header, Time } from "../ui/basic";
import { Empty, Load } from "../ui/Load";

export function Approvals() {
  const agent = current.value!;
  const waiting = useResource(agent.id, (signal) => get<Page<Approval>>(`${base.value}/approvals?limit=200`, signal));
  useLive(waiting.reload, (event) => event.name.startsWith("APPROVAL_"));
  const answer = async (approval: Approval, what: "allow" | "deny") => {
    const id = typeof approval.room === "string" ? approval.room : approval.room.id;
    const state = knownRoom(agent.id, id);
    if (state?.turns.value.some((turn) => turn.approvals.some((one) => one.id === approval.id))) await state.answer(approval, what);
    else await send("POST", `${base.value}/approvals/${approval.id}`, { answer: what });
    const ruling = { ruling: what === "allow" ? "granted" : "denied", name: "you", at: new Date().toISOString() };
    waiting.set((old) => ({ ...old, items: old.items.map((one) => (one.id === approval.id ? { ...one, answered: ruling } : one)) }));
    approvals.value = approvals.value.filter((one) => one.id !== approval.id);
    void refreshApprovals();
  };
  return (
    <>
      <Header title="Approvals" about="Actions that wait for a person" />
      <Load of={waiting}>
        {(data) => data.items.length === 0
          ? <Empty icon="approvals" title="Nothing waits"><p>Actions that need somebody’s yes stand here until they are answered or their time is over.</p></Empty>
          : (
            <ul class="approvals">
              {data.items.map((approval) => {
                const room = typeof approval.room === "string" ? approval.room : approval.room.id;
                return (
                  <li key={approval.id}>
                    <ApprovalCard approval={approval} about={approval.text} answer={(what) => answer(approval, what)} />
                    <p class="help"><a href={href(here.value, "chat", room)}>Conversation</a> · <a href={href(here.value, "runs", approval.run)}>Run</a> · asked <Time at={approval["asked-at"]} relative /></p>
                  </li>
                );
              })}
            </ul>
          )}
      </Load>
    </>
  );
}
