// Who is signed in, and what they may do.
import { useQuery } from "@tanstack/react-query";
import { api } from "./client";

export const SESSION = ["session"];

export const useSession = () =>
  useQuery({ queryKey: SESSION, queryFn: api.session, staleTime: Number.POSITIVE_INFINITY });

/** What the caller may do in a Project; asked once a minute at most, the server decides again on every action. */
export const usePermissions = (project: string) =>
  useQuery({
    queryKey: ["permissions", project],
    queryFn: () => api.permissions(project),
    staleTime: 60_000,
  }).data;
