/** What the Jinja pages share: their look, and the little they do with JavaScript. */

import "../css/index.css";
