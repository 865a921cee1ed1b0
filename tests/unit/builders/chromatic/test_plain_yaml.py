import pytest

from hueset.errors import InputError
from hueset_builders.chromatic.plain_yaml import MAX_BYTES, load_mapping


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"a: &x [1]\nb: [*x, *x]", "manifest_has_aliases"),
        (b"[" * 100_000, "manifest_too_deep"),
        (b'a: !!python/object/apply:os.system ["true"]', "not_yaml"),
        (b"a: !own 1", "not_yaml"),
        (b"just words", "no_mapping"),
        (b"- a\n- b", "no_mapping"),
        (b"", "no_mapping"),
        (b"a: [1, 2", "not_yaml"),
        (b"? [1, 2]\n: 3", "not_yaml"),
        (b"\xff\xfe\x00", "not_yaml"),
        (b"a: 2020-99-99", "not_yaml"),
        (b"x" * (MAX_BYTES + 1), "manifest_too_large"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "lfs_pointer"),
    ],
)
def test_hostile_or_broken_yaml_is_refused_with_its_reason(data, reason):
    with pytest.raises(InputError) as caught:
        load_mapping(data)
    assert caught.value.reason == reason


def test_keys_that_stand_twice_are_told_at_any_depth():
    values, repeated = load_mapping(b"a: 1\na: 2\nb: {c: 1, c: 2}\n")
    assert (values["a"], values["b"], sorted(repeated)) == (2, {"c": 2}, ["a", "c"])
