// Why not, and when: the server's words with a countdown where time alone will help.
import type { Reason } from "../api/types";
import { toneText } from "../ui/said";
import { Countdown } from "../ui/Times";
import { reasonLook } from "./words";

export function ReasonLine({ reason }: { reason: Reason }) {
  const { glyph, tone } = reasonLook(reason.code);
  return (
    <span className={`break-words ${toneText[tone]}`}>
      <span aria-hidden="true">{glyph} </span>
      {reason.message}
      {reason.unblocksAt !== undefined && <Countdown until={reason.unblocksAt} />}
    </span>
  );
}

export function Reasons({ reasons }: { reasons: Reason[] | undefined }) {
  return reasons === undefined || reasons.length === 0 ? null : (
    <ul className="m-0 list-none p-0">
      {reasons.map((reason) => (
        <li key={`${reason.code} ${reason.message}`}>
          <ReasonLine reason={reason} />
        </li>
      ))}
    </ul>
  );
}
