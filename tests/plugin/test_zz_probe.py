from tests.plugin.conftest import *
def test_x(project):
    wait = 'until grep -q %s "$LOG"; do sleep 0.02; done; '
    project.plan(tracks={1: {"name": "one"}, 2: {"name": "two"}})
    project.task("F", {"text": "fails", "run": wait % "T1" + "echo F >> $LOG; false", "timeout": 30}, track=1)
    project.task("T", logs("T1"), {"text":"long", "run": 'for i in $(seq 80); do sleep 0.1; done; echo late >> $LOG'}, logs("T3"), track=2)
    project.task("U", logs("U"), after=("T",), track=2)
    import time
    t=time.time()
    r=project.run("--tracks=2", "-x")
    print("=X", r.status, project.verdicts(), r.sentence, project.logged(), time.time()-t)
    print("=X", project.recorded("T").get("criteria"))
    print(r.out)
