import pytest, time
from src.calc import add

def test_add():
    assert add(1, 2) == 3

def test_wrong():
    assert add(1, 2) == 4, "sum is wrong"

@pytest.mark.skip(reason="later")
def test_skip(): pass

@pytest.mark.xfail
def test_x(): assert False

@pytest.fixture
def broken():
    raise RuntimeError("fixture")

def test_error(broken): pass

def test_slow(): time.sleep(1.2)

@pytest.mark.parametrize("v", ["<&>", "\x1b[31mred", "é"])
def test_param(v): assert v

class TestC:
    n = 0
    def test_flaky(self):
        TestC.n += 1
        assert TestC.n > 1
