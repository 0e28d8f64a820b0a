"""What collecting a plan costs pytest."""

from __future__ import annotations

from tests.plugin.conftest import Project


def test_many_plan_files_are_looked_at_once_each(project: Project) -> None:
    for number in range(40):
        project.task(f"T{number:02}", {"text": "is gone", "file": {"path": "x", "absent": True}})
    project.write(
        "conftest.py",
        """
        LOOKED = []

        def pytest_collect_file(file_path):
            if file_path.suffix == ".yaml":
                LOOKED.append(file_path)

        def pytest_sessionfinish():
            print(f"looked at {len(LOOKED)} files")
        """,
    )
    ran = project.run("--tracks=1", "-n", "0", "-s")
    assert ran.status == 0, ran.out
    (said,) = [line for line in ran.lines if "looked at" in line]
    assert int(said.split("looked at ")[1].split()[0]) <= 2 * 40
