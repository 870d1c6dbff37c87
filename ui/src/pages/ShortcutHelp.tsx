// All keys, by where they work, and the switch that turns them off.
import { Fragment } from "react";
import { Dialog } from "../ui/Sheet";
import { keyCap, type Place, shortcuts, useShortcutSetting } from "../ui/shortcuts";

const places: Record<Place, string> = {
  everywhere: "Everywhere",
  project: "In a project",
  board: "On the Board",
  stage: "On a Stage of the Board, or with one open beside it",
};

export function ShortcutHelp({ close }: { close: () => void }) {
  const { on, set } = useShortcutSetting();
  const rows = Object.values(shortcuts);
  return (
    <Dialog title="Keys" close={close}>
      {(Object.keys(places) as Place[]).map((place) => (
        <section key={place} aria-label={places[place]} className="mb-4">
          <h3 className="m-0 mb-1 text-soft">{places[place]}</h3>
          <dl className="m-0 grid grid-cols-[minmax(7rem,auto)_1fr] gap-x-4 gap-y-1.5">
            {rows
              .filter((row) => row.place === place)
              .map((row) => (
                <Fragment key={row.does}>
                  <dt className="flex flex-wrap content-start gap-1">
                    {row.keys
                      .flatMap((key) => key.split(/(?<=.) /))
                      .map(keyCap)
                      .map((cap) => (
                        <kbd
                          key={cap}
                          className="min-w-6 rounded border border-line bg-page px-1.5 text-center font-mono"
                        >
                          {cap}
                        </kbd>
                      ))}
                  </dt>
                  <dd className="m-0">{row.does}</dd>
                </Fragment>
              ))}
          </dl>
        </section>
      ))}
      <label className="flex items-center gap-2 border-t border-line pt-3">
        <input type="checkbox" checked={on} onChange={(event) => set(event.target.checked)} />
        Listen to single keys everywhere on a page
      </label>
    </Dialog>
  );
}
