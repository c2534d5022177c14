"""The sections of the settings, in the order of the page.

To add one, write a module beside this one with a `Section` (`section.py`), and name it here.
"""

from app.pages.settings.about import ABOUT
from app.pages.settings.account import ACCOUNT
from app.pages.settings.appearance import APPEARANCE
from app.pages.settings.audit import AUDIT
from app.pages.settings.notices import NOTICES
from app.pages.settings.people import PEOPLE
from app.pages.settings.retention.lengths import RETENTION
from app.pages.settings.section import Section

SECTIONS: tuple[Section, ...] = (APPEARANCE, ACCOUNT, NOTICES, PEOPLE, AUDIT, RETENTION, ABOUT)
