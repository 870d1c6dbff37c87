// May this Freight go to that Stage? Asked for as many pairs as are looked at, again whenever the Board moved.
import { useQuery } from "@tanstack/react-query";
import { api } from "./client";

/** Pieces of Freight that are asked for together, so that a long list needs few requests. */
export const TOGETHER = 10;

export function useEligibility(project: string, freight: string[], stages: string[], revision: number) {
  return useQuery({
    queryKey: ["eligibility", project, freight, stages, revision],
    queryFn: () => api.eligibility(project, { freight: freight.join(","), stage: stages.join(",") }),
    enabled: freight.length > 0 && stages.length > 0,
    placeholderData: (before) => before,
    gcTime: 60_000,
  });
}

/** The group of names around an index. Rows of one group share one request. */
export function group(names: string[], index: number): string[] {
  const start = index - (index % TOGETHER);
  return names.slice(start, start + TOGETHER);
}
