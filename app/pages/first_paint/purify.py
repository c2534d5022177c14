"""DOMPurify when the first HTML comes that is to be cleaned: NiceGUI loads its 11 kB before a page is drawn.

Until it is there an element stays empty: nothing is shown that was not cleaned.
"""

from app.pages.first_paint.lean_styles import ADDRESS, STATIC

IN_ITS_PLACE = f"{ADDRESS}/dompurify.mjs"
"""What the head of NiceGUI's page imports."""
WHOLE = f"{ADDRESS}/dompurify-whole.mjs"
_NOTHING = 'export default { sanitize: () => "" };\n'


def scripts() -> dict[str, str]:
    """Return what is sent for DOMPurify, by address: a module that shows nothing, and all of it."""
    return {IN_ITS_PLACE: _NOTHING, WHOLE: (STATIC / "dompurify.mjs").read_text()}


def purify_script() -> str:
    """Return the script that loads it when it is wanted, instead of what NiceGUI does for HTML that is to be cleaned.

    A module that did not come is asked for by another address: browsers keep the failure for the one before.
    """
    name = WHOLE.rpartition("/")[2]
    return f"""
        const jdWhole = import.meta.resolve("dompurify").replace(/[^/]*$/, "{name}");
        let jdPurify, jdLoading;
        const jdWanted = new WeakMap();
        const jdLoad = (tries) => import(`${{jdWhole}}?${{tries}}`).then(
            (module) => (jdPurify = module.default),
            () => new Promise((go) => setTimeout(go, 2000)).then(() => jdLoad(tries + 1)));
        Element.prototype.setHTML = function (html) {{
            jdWanted.set(this, html);
            const show = () => {{
                if (jdWanted.get(this) === html) this.innerHTML = jdPurify.sanitize(html);
            }};
            if (jdPurify) show();
            else (jdLoading ??= jdLoad(0)).then(show);
        }};
    """
