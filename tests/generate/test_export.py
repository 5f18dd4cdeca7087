"""A network as an ONNX file: the same numbers as from JAX, or no file."""

import sys
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nesym._errors import FileError, GridError, InputError
from nesym.generate import EDM, ConsistencyModel, export, export_onnx
from nesym.generate._onnx_trial import evaluated, largest_error, trial_inputs
from nesym.nets import UNet

SHAPE = (4, 5, 2)


def model(x, s):
    """Nothing to learn, and a result of another number of channels."""
    return jnp.tanh(x[..., :1]) * jnp.sqrt(s).reshape(-1, 1, 1, 1)


@pytest.fixture
def file(tmp_path):
    """A file that is already there."""
    path = tmp_path / "model.onnx"
    path.write_bytes(b"old")
    return path


@pytest.fixture
def stand_in(monkeypatch):
    """Instead of the packages: a file with the content "new", of which is said that it computes `answer`."""

    def install(answer):
        def session(path, providers):
            return SimpleNamespace(run=lambda names, feeds: [np.asarray(answer(feeds["x"], feeds["s"]))])

        monkeypatch.setattr(export, "_packages", lambda: (None, SimpleNamespace(InferenceSession=session)))
        monkeypatch.setattr(export, "_converted", lambda *_: b"new")

    return install


def untouched(file):
    return file.read_bytes() == b"old" and list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("package", ["jax2onnx", "onnxruntime"])
def test_without_the_packages_the_remedy_is_the_extra(package, monkeypatch, file):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(FileError, match="jax2onnx and onnxruntime") as caught:
        export_onnx(model, file, shape=SHAPE)
    assert caught.value.remedy == 'Install them: pip install "nesym[onnx]".'
    assert untouched(file)


def test_a_right_file_takes_the_place_of_the_old_one(stand_in, file):
    stand_in(model)
    assert export_onnx(model, file, shape=SHAPE) < 1e-6
    assert file.read_bytes() == b"new" and list(file.parent.iterdir()) == [file]


def once_wrong(x, s):
    """Right alone, wrong in a batch of several: what an axis that is not dynamic would do."""
    return model(x, s[:1])


@pytest.mark.parametrize(
    "answer",
    [lambda x, s: 1.001 * model(x, s), lambda x, s: np.nan * model(x, s), lambda x, s: model(x, s)[:1], once_wrong],
    ids=["scaled", "nan", "another shape", "one level for all"],
)
def test_a_wrong_file_is_not_kept(answer, stand_in, file):
    stand_in(answer)
    with pytest.raises(FileError, match="was not written") as caught:
        export_onnx(model, file, shape=SHAPE)
    assert "tolerance" in caught.value.remedy and untouched(file)


def test_the_tolerance_is_the_users(stand_in, file):
    stand_in(lambda x, s: 1.001 * model(x, s))
    assert 1e-3 < export_onnx(model, file, shape=SHAPE, tolerance=0.01) < 0.01


def test_a_file_that_cannot_be_run_is_not_kept(stand_in, file):
    def refuse(x, s):
        raise RuntimeError("no such operator")

    stand_in(refuse)
    with pytest.raises(FileError, match="no such operator"):
        export_onnx(model, file, shape=SHAPE)
    assert untouched(file)


def test_requests_that_cannot_be_met_are_refused(stand_in, tmp_path):
    stand_in(model)
    with pytest.raises(FileError, match="no folder") as caught:
        export_onnx(model, tmp_path / "absent" / "model.onnx", shape=SHAPE)
    assert "mkdir" in caught.value.remedy
    for wrong in ({"shape": (4, 5)}, {"shape": (4, 5, 0)}, {"shape": SHAPE, "batch": 0}):
        with pytest.raises(InputError, match="whole numbers") as caught:
            export_onnx(model, tmp_path / "model.onnx", **wrong)
        assert "shape=(128, 128, 1)" in caught.value.remedy
    with pytest.raises(InputError, match="No level"):
        export_onnx(model, tmp_path / "model.onnx", shape=SHAPE, levels=())


def test_a_model_says_itself_what_it_cannot_take(stand_in, file):
    stand_in(model)
    with pytest.raises(GridError, match="4 x 4 cells"):
        export_onnx(UNet.make(1, 1, width=8, multipliers=(1, 1, 1), key=0), file, shape=(2, 2, 1))


def test_an_untrained_network_proves_nothing(stand_in, file):
    stand_in(lambda x, s: np.zeros((*x.shape[:3], 1), np.float32))
    with pytest.raises(InputError, match="from 0 to 0") as caught:
        export_onnx(UNet.make(2, 1, width=8, multipliers=(1,), key=0), file, shape=SHAPE)
    assert "Train" in caught.value.remedy and untouched(file)


def test_the_trial_has_every_level_alone_and_two_together():
    pairs = trial_inputs(SHAPE, None, (0.1, 1.0, 10.0))
    assert [s.tolist() for _, s in pairs] == [pytest.approx(s) for s in ([0.1], [1.0], [10.0], [0.1, 1.0])]
    for x, s in [*pairs, *trial_inputs(SHAPE, 7, (0.1, 1.0))]:
        assert x.shape == (s.size, *SHAPE) and x.dtype == s.dtype == np.float32
    (x, s), *_ = trial_inputs((40, 40, 1), 2, (0.0, 3.0))
    assert x.std((1, 2, 3)) == pytest.approx(np.sqrt(1 + s**2), rel=0.1)


def test_the_error_is_in_standard_deviations_of_the_sample():
    right = np.random.default_rng(0).standard_normal((2, 50, 50, 1)) * np.array([1.0, 100.0]).reshape(2, 1, 1, 1)
    wrong = right.copy()
    wrong[1, 7, 8, 0] += 5 * right[1].std()
    wrong[0, 3, 2, 0] -= 2 * right[0].std()
    assert largest_error([right, wrong], [right, right]) == pytest.approx(5)


def awake(network):
    """The network with all its weights moved, so that parts which begin at zero take part."""
    rng = np.random.default_rng(1)

    def moved(w):
        return w + jnp.asarray(rng.standard_normal(w.shape) / np.sqrt(max(1, np.prod(w.shape[:-1]))), jnp.float32)

    return jax.tree.map(moved, network)


GLOBE = ("reflect", "circular")
CASES = {
    "odd grid, attention, circular": (
        ConsistencyModel(
            awake(UNet.make(1, 1, width=8, multipliers=(1, 2, 2), attention=True, boundary=GLOBE, key=0)), 0.7
        ),
        (13, 19, 1),
    ),
    "an EDM denoiser": (EDM(awake(UNet.make(1, 1, width=8, multipliers=(1, 2), key=1)), 0.7), (12, 16, 1)),
    "a bare network of patches": (
        awake(UNet.make(3, 2, width=8, multipliers=(1, 2), patch=2, boundary=GLOBE, key=2)),
        (11, 13, 3),
    ),
}


def from_file(path, x, s):
    """What ONNX Runtime makes of the file."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert [i.name for i in session.get_inputs()] == ["x", "s"]
    return session.run(["y"], {"x": x, "s": s})[0]


@pytest.mark.oracle
@pytest.mark.parametrize("batch", [None, 3])
@pytest.mark.parametrize("name", CASES)
def test_the_file_gives_what_jax_gives(name, batch, tmp_path):
    pytest.importorskip("jax2onnx")
    trained, shape = CASES[name]
    path = tmp_path / "model.onnx"
    error = export_onnx(trained, path, shape=shape, batch=batch)
    assert 0 < error < 2e-5
    s = np.array([0.02, 0.5, 1.0], np.float32)
    x = np.random.default_rng(5).standard_normal((3, *shape), np.float32)
    y = evaluated(trained, x, s)
    found = from_file(path, x, s)
    assert found.dtype == np.float32 and y.std() > 0.1
    np.testing.assert_allclose(found, y, atol=2e-5 * y.std(), rtol=2e-5)


@pytest.mark.oracle
def test_a_file_with_one_wrong_weight_is_not_kept(monkeypatch, file):
    onnx = pytest.importorskip("onnx")
    converted = export._converted

    def spoilt(*arguments):
        graph = onnx.load_from_string(converted(*arguments))
        kernel = next(w for w in graph.graph.initializer if len(w.dims) == 4)
        values = onnx.numpy_helper.to_array(kernel).copy()
        values.flat[0] += 0.1
        kernel.CopyFrom(onnx.numpy_helper.from_array(values, kernel.name))
        return graph.SerializeToString()

    monkeypatch.setattr(export, "_converted", spoilt)
    trained, shape = CASES["an EDM denoiser"]
    with pytest.raises(FileError, match="was not written"):
        export_onnx(trained, file, shape=shape)
    assert untouched(file)


@pytest.mark.oracle
def test_what_onnx_cannot_express_is_refused(file):
    pytest.importorskip("jax2onnx")

    def asks_python(x, s):
        return jax.pure_callback(np.cos, jax.ShapeDtypeStruct(x.shape, x.dtype), x)

    with pytest.raises(InputError, match="could not be expressed") as caught:
        export_onnx(asks_python, file, shape=SHAPE)
    assert "batch=1" in caught.value.remedy and untouched(file)
