import copy
from pathlib import Path

import pytest
import yaml

from hueset.errors import DeclarationError
from hueset_builders.chromatic.ontology import all_types, reachable_types, read_ontology
from hueset_builders.chromatic.rebracketing import count_text, read_lexicon, score_text

FACTS = Path(__file__).parents[4] / "datasets" / "chromatic"
TAXONOMY = yaml.safe_load((FACTS / "taxonomy.yaml").read_text(encoding="utf-8"))
LEXICON = yaml.safe_load((FACTS / "lexicon.yaml").read_text(encoding="utf-8"))
ONTOLOGY = yaml.safe_load((FACTS / "ontology.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def lexicon():
    return read_lexicon(LEXICON, reachable_types(TAXONOMY))


def test_the_type_with_most_words_wins(lexicon):
    scored = score_text("The door of the room opened on a corridor that she remembered.", lexicon)
    assert scored.type == "spatial"
    assert scored.scores["spatial"] == pytest.approx(100 * 3 / 12)
    assert scored.scores["memory"] == pytest.approx(100 / 12)
    assert scored.margin == pytest.approx(100 * 2 / 12)


def test_a_tie_is_ambiguous_and_never_drawn(lexicon):
    text = "A door, remembered."
    assert {score_text(text, lexicon).type for _ in range(20)} == {"ambiguous"}
    assert score_text(text, lexicon).margin == 0


def test_a_text_without_a_listed_word_has_no_type(lexicon):
    scored = score_text("Fish and chips.", lexicon)
    assert (scored.type, scored.has_markers, scored.coverage) == ("none", False, 0.0)
    assert score_text("", lexicon).type == "none"


def test_phrases_and_apostrophes_are_matched_whole(lexicon):
    assert score_text("It was led to nothing", lexicon).scores["causal"] > 0
    assert score_text("It was ledto nothing", lexicon).scores["causal"] == 0


def test_a_phrase_counts_once_and_its_words_not_again(lexicon):
    scored = score_text("The room beneath, even though it was not quite there.", lexicon)
    assert scored.scores["spatial"] == pytest.approx(100 / 10)
    assert scored.intensity == pytest.approx(100 * 2 / 10)  # even though, not quite
    assert scored.coverage == pytest.approx(2 / len(lexicon.lists["markers"]))
    assert scored.ontological_uncertainty == 0.5  # "not quite" is a correction as well
    # Words of two types: "ahead of time" is temporal, "who we are" identity, and nothing else.
    told = score_text("ahead of time, someone else, a stranger in time", lexicon).scores
    assert (told["temporal"], told["identity"]) == pytest.approx((200 / 9, 200 / 9))


def test_the_longest_phrase_counts_though_a_shorter_one_begins_before_it():
    facts = copy.deepcopy(LEXICON)
    facts["markers"] = ["at first", "first no longer quite", "quite"]
    lexicon = read_lexicon(facts, reachable_types(TAXONOMY))
    assert score_text("at first no longer quite quite", lexicon).coverage == pytest.approx(2 / 3)


def test_uncertainty_needs_both_kinds_of_words_to_pass_a_half(lexicon):
    filler = " fish" * 8
    assert score_text("maybe" + filler, lexicon).ontological_uncertainty == 0.5
    both = score_text("maybe actually" + filler, lexicon).ontological_uncertainty
    assert both == 1.0
    assert score_text("fish" + filler, lexicon).ontological_uncertainty == 0.0


def test_the_other_scores_keep_to_their_formulas(lexicon):
    text = "Now the boundary was between them, yesterday, misremembered." + " fish" * 91
    scored = score_text(text, lexicon)
    per_100 = 100 / 99
    assert scored.boundary_fluidity == pytest.approx(2 * per_100 / 30)
    assert scored.memory_discrepancy == pytest.approx(per_100 / 15)
    assert scored.temporal_complexity == pytest.approx((1 + 2) * per_100 / 100)


def test_the_digest_follows_the_words(lexicon):
    changed = copy.deepcopy(LEXICON)
    changed["types"]["spatial"].append("balcony")
    other = read_lexicon(changed, reachable_types(TAXONOMY))
    assert other.digest != lexicon.digest
    assert other.name.startswith(f"{LEXICON['version']}+")


@pytest.mark.parametrize(
    "change",
    [
        lambda facts: facts["types"]["spatial"].append("dream"),
        lambda facts: facts["types"]["spatial"].append("door"),
        lambda facts: facts["types"]["spatial"].append("Door"),
        lambda facts: facts["types"].pop("memory"),
        lambda facts: facts["types"].update(boundary=["edge"]),
        lambda facts: facts.pop("markers"),
        lambda facts: facts.update(deixis=[]),
    ],
)
def test_a_faulty_lexicon_is_refused(change):
    facts = copy.deepcopy(LEXICON)
    change(facts)
    with pytest.raises(DeclarationError):
        read_lexicon(facts, reachable_types(TAXONOMY))


def test_the_taxonomy_is_closed_and_the_unreachable_type_is_in_it():
    assert len(all_types(TAXONOMY)) == 10
    assert set(all_types(TAXONOMY)) - set(reachable_types(TAXONOMY)) == {"boundary"}


def test_nine_colours_whose_vectors_sum_to_one():
    ontology = read_ontology(ONTOLOGY)
    assert "".join(ontology.colours) == "ZROYGBIVA"
    assert ontology.colours["I"].vectors["ontological"] == (0.1, 0.45, 0.45)
    assert ontology.colour("violet") is ontology.colours["V"]
    assert ontology.colour("q") is None
    assert ontology.colour(None) is None


def test_a_vector_that_sums_to_nine_tenths_is_refused():
    facts = copy.deepcopy(ONTOLOGY)
    facts["colours"][6]["ontological"] = [0.1, 0.4, 0.4]
    with pytest.raises(DeclarationError, match=r"Indigo.*sums to 0\.9"):
        read_ontology(facts)


def test_plain_counts_of_a_text():
    counts = count_text("Is it? Yes! It’s a door.")
    assert (counts.words, counts.sentences, counts.question_marks) == (6, 3, 1)
    assert counts.mean_word_length == pytest.approx((2 + 2 + 3 + 4 + 1 + 4) / 6)
    assert count_text("").mean_word_length is None
