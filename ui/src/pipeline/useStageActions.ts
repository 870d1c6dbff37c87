// What can be done to a Stage from wherever it is shown, with a word about how it went.

import { api } from "../api/client";
import type { Origin, Stage } from "../api/types";
import { announce } from "../ui/announce";

export function useStageActions(project: string) {
  const asked = (request: Promise<unknown>, done: string) =>
    request.then(
      () => announce(done),
      (error: Error) => announce(error.message),
    );
  return {
    refresh: (stage: string) =>
      void asked(api.refreshStage(project, stage), `${stage} is being looked at again`),
    nothingToPromote: (stage: string) =>
      announce(`There is nothing newer that ${stage} may take. Enter shows why.`),
  };
}

/** What the server offers the Stage: of one origin, or of the first that offers something. */
export function best(stage: Stage, origin?: Origin): string | undefined {
  const cells = stage.cells.filter((cell) => origin === undefined || cell.origin.name === origin.name);
  return cells.find((cell) => cell.candidate !== undefined)?.candidate;
}
