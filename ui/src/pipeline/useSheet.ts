// Opens and closes the sheet over whatever page is shown; which sheet is open is part of the address.
import { useNavigate } from "@tanstack/react-router";
import type { SheetSearch } from "../routes";

export function useSheet() {
  const navigate = useNavigate();
  return {
    open: (sheet: SheetSearch) => void navigate({ to: ".", search: sheet }),
    close: () => void navigate({ to: ".", search: {}, replace: true }),
  };
}
