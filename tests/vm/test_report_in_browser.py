"""The report of a test, in a real browser: its script runs, its parts open, its consoles are filtered."""

import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from test_driver.logger import Logger
from test_driver.report import put_together, render
from test_driver.sinks import Recorder

pytestmark = [
    pytest.mark.vm,
    pytest.mark.network,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(os.geteuid() != 0, reason="writes to the machine's store"),
]
NIX_BUILD = Path(sys.executable).with_name("nix-build")
CHECK = """
<script>
  addEventListener("load", () => {
    const field = document.querySelector(".machine-console input");
    field.value = "kernel.*panic";
    field.dispatchEvent(new Event("input"));
    const shown = [...document.querySelectorAll(".console li")].filter(line => !line.hidden);
    const bar = document.querySelector('.lane[data-machine="server"] .bar');
    const claims = [
      shown.length == 1 && shown[0].textContent.includes("panic - not <i>syncing</i>"),
      document.querySelector("#step-2").open,
      document.querySelector("#step-2 pre").textContent == "<b>fine</b>",
      bar.getBoundingClientRect().width > 1 && bar.getAttribute("href") == "#step-2",
      document.querySelector(".verdict").textContent == "failed",
    ];
    document.documentElement.innerHTML = `<body style="margin: 0"><div style="height: 100vh"></div></body>`;
    document.body.style.background = claims.every(claim => claim) ? "rgb(0, 128, 0)" : "rgb(128, 0, 0)";
  });
</script>
"""
"""Looks at the page from inside, and colours it green when all is as it should be."""


@pytest.fixture(scope="module")
def browser() -> Path:
    """Firefox of the package set."""
    environment = {name: value for name, value in os.environ.items() if name != "NIX_PATH"}
    output = subprocess.run(
        [NIX_BUILD, "<nixpkgs>", "-A", "firefox", "--no-out-link"],
        check=True,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Path(output.stdout.split()[0]) / "bin/firefox"


def page() -> str:
    """The report of a small failure."""
    record = Recorder()
    log = Logger([record])
    with log.nested("run the VM test script"):
        with log.nested("must succeed: true", {"machine": "server", "command": "true"}) as span:
            span.attributes.update(status=0, output="<b>fine</b>")
        log.log_serial("Kernel panic - not <i>syncing</i>", "server")
        log.log_serial("an other line", "server")
        log.error("Test failed:")
    return render("example", log.started_at, put_together(record.events))


def test_the_page_works(browser: Path, tmp_path: Path) -> None:
    """A bar of the timeline leads to its step, the filter hides lines, and nothing that machines said is markup."""
    file = tmp_path / "report.html"
    file.write_text(page().replace("</body>", f"{CHECK}</body>"))
    picture = tmp_path / "page.png"
    subprocess.run(
        [browser, "--headless", "--screenshot", picture, f"file://{file}#step-2"],
        check=True,
        env={**os.environ, "HOME": str(tmp_path)},
        timeout=300,
    )
    assert first_pixel(picture) == (0, 128, 0)


def first_pixel(picture: Path) -> tuple[int, ...]:
    """Red, green and blue in the upper left corner of a PNG file with eight bits a channel."""
    data, place, packed = picture.read_bytes(), 8, b""
    while place < len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        if data[place + 4 : place + 8] == b"IDAT":
            packed += data[place + 8 : place + 8 + length]
        place += length + 12
    # Behind the byte that names the row's filter, which changes nothing in the first pixel.
    return tuple(zlib.decompress(packed)[1:4])
