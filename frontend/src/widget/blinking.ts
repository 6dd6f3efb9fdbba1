/** The page's title tells of unread lines while nobody looks at it, and is the page's own again at once. */

export interface Titled {
  title: string;
  readonly hidden: boolean;
}

/** What is called with the number of unread lines, and with 0 when somebody looks. */
export function makeBlinking<Timer>(page: Titled, every: (task: () => void) => Timer, end: (timer: Timer | undefined) => void): (unread: number) => void {
  let [own, ours] = ["", ""];
  let timer: Timer | undefined;
  const restore = () => {
    const was = !!ours && page.title === ours;
    if (was) page.title = own;
    return was;
  };
  return (unread) => {
    end(timer);
    restore();
    if (!unread || !page.hidden) return;
    timer = every(() => {
      if (restore()) return;
      own = page.title;
      page.title = ours = `(${unread}) ${own}`;
    });
  };
}
