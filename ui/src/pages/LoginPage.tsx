// Signing in as the administrator.
import { useMutation } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../api/client";
import { Button } from "../ui/primitives";

export default function LoginPage() {
  const { back } = useSearch({ from: "/login" });
  const navigate = useNavigate();
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: () => api.signIn(password),
    onSuccess: () => navigate({ href: back ?? "/" }),
  });
  return (
    <form
      className="mx-auto mt-16 flex max-w-sm flex-col gap-4 rounded border border-line bg-panel p-6"
      onSubmit={(event) => {
        event.preventDefault();
        signIn.mutate();
      }}
    >
      <h1 className="m-0 text-lg font-semibold">Sign in</h1>
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
          className="rounded border border-line bg-page px-2 py-1.5"
        />
      </label>
      {signIn.isError && (
        <p role="alert" className="m-0 text-bad">
          {signIn.error.message}
        </p>
      )}
      <Button type="submit" primary disabled={password === "" || signIn.isPending}>
        Sign in
      </Button>
    </form>
  );
}
