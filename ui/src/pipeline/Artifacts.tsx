// Artifacts as one reads them: version first, where it is from behind it.
import type { Artifact, ArtifactChange } from "../api/types";

const key = (artifact: Artifact) => `${artifact.kind} ${artifact.repository} ${artifact.name}`;

/** One line each. */
export function ArtifactList({ artifacts }: { artifacts: Artifact[] }) {
  return (
    <ul className="m-0 min-w-0 list-none p-0">
      {artifacts.map((artifact) => (
        <li key={key(artifact)} className="truncate" title={`${artifact.version}\n${artifact.repository}`}>
          <span className="font-mono font-semibold">{artifact.version}</span>{" "}
          <span className="text-soft">{artifact.message ?? `${artifact.kind} ${artifact.name}`}</span>
        </li>
      ))}
    </ul>
  );
}

/** All that is known of each. */
export function ArtifactDetails({ artifacts }: { artifacts: Artifact[] }) {
  return (
    <ul className="m-0 grid list-none gap-3 p-0">
      {artifacts.map((artifact) => (
        <li key={key(artifact)} className="min-w-0 border-l-2 border-line pl-3">
          <p className="m-0">
            <span className="text-soft">{artifact.kind}</span>{" "}
            <span className="break-all font-mono font-semibold">{artifact.version}</span>
          </p>
          {artifact.message !== undefined && <p className="m-0 break-words">{artifact.message}</p>}
          {artifact.author !== undefined && <p className="m-0 break-words text-soft">by {artifact.author}</p>}
          <p className="m-0 break-all text-soft">{artifact.repository}</p>
          {artifact.pin !== undefined && (
            <p className="m-0 break-all font-mono text-xs text-soft">{artifact.pin}</p>
          )}
          {artifact.link?.startsWith("https://") && (
            <a href={artifact.link} target="_blank" rel="noreferrer" className="text-accent">
              Show the commit<span className="sr-only"> {artifact.version} at its git provider</span> ↗
            </a>
          )}
        </li>
      ))}
    </ul>
  );
}

const changes: Record<ArtifactChange["change"], string> = {
  changed: "changes",
  new: "is new",
  removed: "goes",
  unchanged: "stays",
};

export function ChangeTable({ rows }: { rows: ArtifactChange[] }) {
  return (
    <table className="w-full border-collapse text-left">
      <thead className="text-soft">
        <tr>
          <th scope="col" className="py-1 pr-3 font-normal">
            Artifact
          </th>
          <th scope="col" className="py-1 pr-3 font-normal">
            Now
          </th>
          <th scope="col" className="py-1 pr-3 font-normal">
            Then
          </th>
          <th scope="col" className="py-1 font-normal">
            <span className="sr-only">What happens to it</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const artifact = row.to ?? row.from;
          const muted = row.change === "unchanged" ? "text-soft" : "";
          return (
            <tr
              key={artifact === undefined ? row.change : key(artifact)}
              className={`border-t border-line align-top ${muted}`}
            >
              <td className="break-words py-1.5 pr-3">{artifact?.name}</td>
              <td className="break-all py-1.5 pr-3 font-mono">{row.from?.version ?? "–"}</td>
              <td className="break-all py-1.5 pr-3 font-mono font-semibold">{row.to?.version ?? "–"}</td>
              <td className="py-1.5 text-soft">{changes[row.change]}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
