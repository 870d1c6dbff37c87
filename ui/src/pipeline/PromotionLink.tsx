// A Promotion by name, and what the one that runs is doing.
import { Link, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Promotion } from "../api/types";

export function PromotionLink({
  name,
  className = "",
  children,
}: {
  name: string;
  className?: string;
  children: ReactNode;
}) {
  const { project } = useParams({ from: "/p/$project" });
  return (
    <Link
      to="/p/$project/promotions/$promotion"
      params={{ project, promotion: name }}
      className={`break-words underline ${className}`}
    >
      {children}
    </Link>
  );
}

export function Running({ promotion }: { promotion: Promotion }) {
  const done = promotion.steps.filter((step) => step.finishedAt !== undefined).length;
  const current = promotion.steps[promotion.step ?? done];
  const number = Math.min(done + 1, promotion.steps.length);
  return (
    <PromotionLink name={promotion.name} className="text-busy">
      {current === undefined ? "starting" : `${current.uses}, step ${number} of ${promotion.steps.length}`}
    </PromotionLink>
  );
}
