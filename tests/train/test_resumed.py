"""A run that was stopped, killed or out of disk goes on to the bits of one that never was."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small_run
from safetensors import safe_open
from small_run import FIELDS, STEPS, Network, run, slowly

from nesym._errors import FileError, InputError
from nesym.train import Fields, fit
from nesym.train.checkpoint import Checkpoints

PAUSING = slowly(Fields(FIELDS, batch=8, crop=4), 0.0)


@pytest.fixture(scope="module")
def whole():
    """The run that nobody disturbs."""
    return run(batches=PAUSING)


def assert_same(found, whole):
    """Models and state to the bit, and the log but for times."""
    assert found.successful and found.steps == STEPS
    assert eqx.tree_equal(found.state, whole.state)
    assert eqx.tree_equal((found.model, found.ema_model), (whole.model, whole.ema_model))
    kept = ("step", "loss", "grad_norm", "noise")
    assert [[row[name] for name in kept] for row in found.log] == [[row[name] for name in kept] for row in whole.log]


def names(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def interrupted(at):
    def batches(step, key):
        if step == at:
            raise KeyboardInterrupt
        return PAUSING(step, key)

    return batches


def test_after_an_interruption_it_goes_on_from_the_last_step(tmp_path, whole):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, batches=interrupted(13))
    assert names(tmp_path) == ["log.jsonl", "step-0000000010.safetensors", "step-0000000013.safetensors"]
    drawn = []
    found = run(tmp_path, batches=lambda step, key: drawn.append(step) or PAUSING(step, key))
    assert drawn == list(range(13, STEPS))
    assert_same(found, whole)
    assert [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()] == found.log
    assert names(tmp_path) == ["log.jsonl", "step-0000000035.safetensors", "step-0000000040.safetensors"]


def test_a_finished_run_is_returned_and_can_be_lengthened(tmp_path, whole):
    assert run(tmp_path, batches=PAUSING, steps=22).steps == 22
    again = run(tmp_path, batches=PAUSING, steps=22)
    assert again.steps == 22 and [row["step"] for row in again.log] == [4, 8, 12, 16, 20, 22]
    longer = run(tmp_path, batches=PAUSING)
    assert eqx.tree_equal(longer.state, whole.state)
    assert longer.seconds > again.seconds
    with pytest.raises(InputError, match="step 40, beyond the 22 steps") as error:
        run(tmp_path, batches=PAUSING, steps=22)
    assert error.value.remedy.startswith("Ask for at least 40 steps")


def killed(folder, after, programs):
    """Start the run, wait until it has more than `after` steps in its log, and kill it. False if it came to its end."""
    process = subprocess.Popen([sys.executable, small_run.__file__, str(folder), str(programs)])
    log = Path(folder) / "log.jsonl"
    while process.poll() is None:
        rows = log.read_text().splitlines() if log.exists() else []
        if len(rows) * 4 > after:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return True
        time.sleep(0.002)
    assert process.returncode == 0
    return False


def test_after_kill_it_goes_on_to_the_same_bits(tmp_path, whole, program_cache):
    assert killed(tmp_path, 14, program_cache)
    step = int(names(tmp_path)[-1].removeprefix("step-").removesuffix(".safetensors"))
    assert 5 <= step < STEPS
    assert_same(run(tmp_path, batches=PAUSING), whole)


@pytest.mark.slow
def test_after_many_kills_at_any_moment_it_goes_on_to_the_same_bits(tmp_path, whole, program_cache):
    kills = sum(killed(tmp_path, after, program_cache) for after in (0, 1, 9, 17, 24, 30, 34))
    assert kills >= 5
    assert_same(run(tmp_path, batches=PAUSING), whole)


def test_killed_between_writing_and_renaming(tmp_path, whole):
    """What such a kill leaves behind is passed over, and gone after the next checkpoint."""
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, batches=interrupted(10))
    content = (tmp_path / "step-0000000010.safetensors").read_bytes()
    (tmp_path / ".step-0000000013.safetensors.unfinished").write_bytes(content[:1000])
    assert_same(run(tmp_path, batches=PAUSING), whole)
    assert not [name for name in names(tmp_path) if name.endswith("unfinished")]


def test_of_damaged_files_the_newest_complete_one_is_taken(tmp_path, whole):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, batches=interrupted(10))
    newest = tmp_path / "step-0000000010.safetensors"
    newest.write_bytes(newest.read_bytes()[:-1])
    assert_same(run(tmp_path, batches=PAUSING), whole)


def test_a_folder_of_damaged_files_alone_is_refused(tmp_path):
    (tmp_path / "step-0000000010.safetensors").write_bytes(b"no tensors")
    with pytest.raises(FileError, match="No checkpoint") as error:
        run(tmp_path)
    assert error.value.remedy == "Give another folder, or delete this one to start from nothing."


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path, whole, monkeypatch):
    sync, calls = os.fsync, []

    def full(descriptor):
        calls.append(descriptor)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match=r"disk was full.*step-0000000015") as error:
        run(tmp_path, batches=PAUSING)
    assert error.value.remedy.startswith("Make room")
    assert names(tmp_path) == ["log.jsonl", "step-0000000005.safetensors", "step-0000000010.safetensors"]
    assert_same(run(tmp_path, batches=PAUSING), whole)


def test_a_folder_that_cannot_be_made_is_refused_before_training(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError) as error:
        run(tmp_path / "file" / "run", batches=interrupted(0))
    assert error.value.remedy.startswith("Make the folder writable")


def test_after_a_stop_of_the_guard_the_step_is_tried_again(tmp_path):
    def batches(step, key):
        return PAUSING(step, key) * np.float32(np.nan if step == 7 else 1)

    first, again = run(tmp_path, batches=batches), run(tmp_path, batches=batches)
    assert names(tmp_path)[-1] == "step-0000000007.safetensors"
    assert first.steps == again.steps == 7 and first.reason is again.reason
    assert [row["step"] for row in again.log] == [4, 8] and again.log[-1]["reason"] == "loss"
    assert run(tmp_path, batches=PAUSING).steps == STEPS


OTHERS = {
    "clip (1.0 then, 2.0 now)": {"clip": 2.0},
    "ema (0.9 then, null now)": {"ema": None},
    "key (5 then, 6 now)": {"key": 6},
    "batch (8 then, 9 now)": {"batches": Fields(FIELDS, batch=9, crop=4)},
    'region (null then, "fi" now)': {"config": {"region": "fi"}},
    "the structure of the model": {"model": Network(slope=0.2)},
    "the optimiser": {"optimiser": optax.adam(2e-2)},
}


@pytest.mark.parametrize("difference", OTHERS)
def test_another_configuration_is_refused(difference, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp() / "configured"
    if not folder.exists():
        run(folder, steps=1)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(InputError) as error:
        run(folder, **{"batches": Fields(FIELDS, batch=8, crop=4)} | OTHERS[difference])
    assert error.value.problem.endswith(f"different are: {difference}.")
    assert error.value.remedy.startswith("Give another folder for a new run")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_other_arrays_are_refused(tmp_path):
    run(tmp_path, batches=PAUSING, steps=1)
    with pytest.raises(InputError, match=r"layers\[0\] \(float32 \(16, 16\) then, float32 \(25, 25\) now\)"):
        fit(
            Network(25), small_run.loss, lambda step, key: np.zeros((8, 5, 5), np.float32),
            checkpoint=tmp_path, optimiser=optax.adam(1e-2), steps=2, key=5, ema=0.9,
        )  # fmt: skip


def test_files_hold_arrays_by_path_and_a_json_header(tmp_path):
    fitted = run(tmp_path, steps=3, config={"region": "de"})
    with safe_open(tmp_path / "step-0000000003.safetensors", framework="numpy") as file:
        header = json.loads(file.metadata()["nesym_training"])
        assert np.array_equal(file.get_tensor(".trained.layers[1]"), fitted.model.layers[1])
        assert np.array_equal(file.get_tensor(".average.layers[1]"), fitted.ema_model.layers[1])
        assert file.get_tensor(".step") == 3
    assert header["step"] == 3 and header["seconds"] > 0
    assert header["fingerprint"]["settings"] == {"key": 5, "ema": 0.9, "clip": 1.0, "region": "de"}


def test_a_newer_format_is_refused(tmp_path):
    from safetensors.numpy import save_file

    header = json.dumps({"format": 2, "nesym_version": "9.0"})
    save_file({"x": np.zeros(1)}, tmp_path / "step-0000000001.safetensors", {"nesym_training": header})
    with pytest.raises(FileError, match=r"NESYM 9\.0") as error:
        run(tmp_path)
    assert error.value.remedy == "Update: pip install -U nesym."


def test_a_configuration_is_strict_json(tmp_path):
    with pytest.raises(InputError, match="strict JSON"):
        run(tmp_path, config={"rate": np.nan})


class Numbers(eqx.Module):
    step: jax.Array
    x: jax.Array
    key: jax.Array


@pytest.mark.parametrize(
    "dtype", ["float32", "float64", "complex64", "complex128", "bfloat16", "float16", "int8", "bool"]
)
@pytest.mark.parametrize("shape", [(), (0, 2), (2, 3)])
def test_every_type_comes_back_as_it_was(tmp_path, dtype, shape):
    versions = {"settings": {}, "batches": {}, "versions": {}, "model": "", "loss": "", "optimiser": ""}
    state = Numbers(jnp.int32(1), jnp.full(shape, 1.5, dtype), jax.random.key(3))
    like = Numbers(jnp.int32(0), jnp.zeros(shape, dtype), jax.random.key(0))
    store = Checkpoints(tmp_path, versions)
    store.save(state, 2.0)
    found = store.newest()
    assert (found.step, found.seconds) == (1, 2.0)
    assert eqx.tree_equal(found.restored(like), state)
    with pytest.raises(InputError, match=r"the array \.x"):
        found.restored(Numbers(like.step, jnp.zeros((*shape, 2), dtype), like.key))
