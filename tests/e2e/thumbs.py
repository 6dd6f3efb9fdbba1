"""What a thumb can hit."""

from playwright.sync_api import Page

# A press beside a link may land on it as well: what counts is where a press is heard, not what is drawn.
# Links within a sentence are left out (WCAG 2.5.8), and so is what lies below an open menu.
_SMALL = """() => {
    const WANTED = 44, SLACK = 1;
    const hears = (each, x, y) => {
        const hit = document.elementFromPoint(x, y);
        return hit !== null && (each.contains(hit) || hit.closest("label")?.control === each);
    };
    const reach = (each, x, y, across, down) => {
        let [near, far] = [0, WANTED];
        while (far - near > 1) {
            const middle = (near + far) >> 1;
            if (hears(each, x + across * middle, y + down * middle)) near = middle;
            else far = middle;
        }
        return near;
    };
    const small = (each) => {
        each.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
        const box = each.getClientRects()[0];
        const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
        const above = document.elementFromPoint(x, y)?.closest(":popover-open");
        if (above && !above.contains(each)) return [];
        const wide = reach(each, x, y, 1, 0) + reach(each, x, y, -1, 0) + 1;
        const high = reach(each, x, y, 0, 1) + reach(each, x, y, 0, -1) + 1;
        if (Math.min(wide, high) >= WANTED - SLACK) return [];
        return [`${wide} x ${high}: ${each.outerHTML.slice(0, 160)}`];
    };
    const controls = "button, a[href], input:not([type=hidden]), select, textarea, summary";
    return [...document.querySelectorAll(controls)]
        .filter((each) => each.checkVisibility({ visibilityProperty: true }))
        .filter((each) => !each.closest(".hidden, .skip, .aside"))
        .filter((each) => each.closest(".list") || !each.closest("p"))
        .flatMap(small);
}"""


def too_small(page: Page) -> list[str]:
    """What can be pressed on a page and is smaller than a thumb."""
    found: list[str] = page.evaluate(_SMALL)
    return found
