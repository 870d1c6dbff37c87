// Signing in as the administrator.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../api/client";
import { Heading } from "../ui/Heading";
import { Button, Problem } from "../ui/primitives";

export default function LoginPage() {
  const { back } = useSearch({ from: "/login" });
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: () => api.signIn(password),
    onSuccess: async () => {
      await queries.invalidateQueries();
      await navigate({ href: back ?? "/" });
    },
  });
  return (
    <form
      className="mx-auto mt-8 flex max-w-sm flex-col gap-4 rounded border border-line bg-panel p-6"
      onSubmit={(event) => {
        event.preventDefault();
        signIn.mutate();
      }}
    >
      <Heading title="Sign in" />
      <p className="m-0 text-soft">
        The admin password was printed once, when this control plane started for the first time.
      </p>
      <label className="flex flex-col gap-1">
        Admin password
        <input
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          className="rounded border border-soft bg-page px-2 py-1.5"
        />
      </label>
      <Problem error={signIn.error} />
      <Button type="submit" primary disabled={password === "" || signIn.isPending}>
        Sign in
      </Button>
    </form>
  );
}
