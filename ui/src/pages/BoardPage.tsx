// What is running where, what could move next, and what is in the way?
import { useLive } from "../api/stream";
import { BoardTable } from "../pipeline/BoardTable";
import { Warehouses } from "../pipeline/Warehouses";
import { Heading } from "../ui/Heading";
import { Copyable, Notice } from "../ui/primitives";

export default function BoardPage() {
  const board = useLive((live) => live.board);
  if (board === null) {
    return null;
  }
  const { project, stages, warehouses } = board;
  const failed = stages.filter((stage) => stage.phase === "failed").length;
  return (
    <div className="p-4">
      <Heading title={failed > 0 ? `(${failed} failed) ${project}` : project} hidden>
        Board of {project}
      </Heading>
      {warehouses.length > 0 && <Warehouses project={project} warehouses={warehouses} />}
      {stages.length === 0 ? (
        <Notice tone="quiet" title={`No stages in ${project} yet`}>
          <p>
            A Stage is a place Freight can run. Its manifest says where Freight may come from and how it gets
            there.
          </p>
          <Copyable text={`kargo apply -f stage.yaml    # namespace: ${project}`} />
        </Notice>
      ) : (
        <BoardTable board={board} />
      )}
    </div>
  );
}
