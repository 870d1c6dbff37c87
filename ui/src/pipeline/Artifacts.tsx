// Artifacts as one reads them: version first, where it is from behind it.
import type { Artifact, ArtifactChange } from "../api/types";

const kinds: Record<Artifact["kind"], string> = {
  image: "image",
  commit: "commit",
  chart: "chart",
  artifact: "artifact",
};

export function ArtifactList({ artifacts }: { artifacts: Artifact[] }) {
  return (
    <ul className="m-0 list-none p-0">
      {artifacts.map((artifact) => (
        <li key={`${artifact.kind} ${artifact.repository} ${artifact.name}`} className="min-w-0 truncate">
          <span
            className="font-mono font-semibold"
            title={
              artifact.pin === undefined ? artifact.repository : `${artifact.repository}\n${artifact.pin}`
            }
          >
            {artifact.version}
          </span>{" "}
          <span className="text-soft">{artifact.message ?? `${kinds[artifact.kind]} ${artifact.name}`}</span>
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
          <th className="py-1 pr-3 font-normal">Artifact</th>
          <th className="py-1 pr-3 font-normal">Now</th>
          <th className="py-1 pr-3 font-normal">Then</th>
          <th className="py-1 font-normal">
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
              key={`${artifact?.kind} ${artifact?.repository} ${artifact?.name}`}
              className={`border-t border-line ${muted}`}
            >
              <td className="py-1.5 pr-3">{artifact?.name}</td>
              <td className="py-1.5 pr-3 font-mono">{row.from?.version ?? "–"}</td>
              <td className="py-1.5 pr-3 font-mono font-semibold">{row.to?.version ?? "–"}</td>
              <td className="py-1.5 text-soft">{changes[row.change]}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
