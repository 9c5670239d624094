from decimal import Decimal

import pytest

from molar import FormulaError, count_atoms, hill, imbalance, is_balanced, molar_mass


def test_sucrose():
    assert count_atoms("C12H22O11") == {"C": 12, "H": 22, "O": 11}


def test_one_element_only():
    assert count_atoms("C60") == {"C": 60}


def test_three_digits():
    assert count_atoms("O6C57H110") == {"O": 6, "C": 57, "H": 110}


def test_many_digits():
    assert count_atoms("Si12345") == {"Si": 12345}


def test_group():
    assert count_atoms("Fe(CN)16") == {"Fe": 1, "C": 16, "N": 16}


def test_nested_groups():
    assert count_atoms("[Mo(PO4)2]10") == {"Mo": 10, "P": 20, "O": 80}


def test_part_behind_a_dot():
    assert count_atoms("Na2SO4.10C10H12") == {"Na": 2, "S": 1, "O": 4, "C": 100, "H": 120}


def test_mass():
    assert molar_mass("C12H22O11") == Decimal("342.297")


def test_hill_order():
    assert hill("O11C12H22") == "C12H22O11"
    assert hill(hill("C12(H2O)11")) == "C12H22O11"


def test_both_sides_of_a_reaction():
    assert is_balanced("C12H22O11 + H2O -> 2C6H12O6")
    assert imbalance("C10 -> C12") == {"C": 2}


def test_short_numbers():
    assert count_atoms("C2H6O") == {"C": 2, "H": 6, "O": 1}
    assert count_atoms("Ca(OH)2") == {"Ca": 1, "O": 2, "H": 2}


def test_no_number_without_an_element():
    with pytest.raises(FormulaError) as caught:
        count_atoms("C2.12")
    assert caught.value.position == 5


def test_lonely_number():
    with pytest.raises(FormulaError) as caught:
        count_atoms("7")
    assert caught.value.position == 1


def test_no_zero_in_front():
    with pytest.raises(FormulaError) as caught:
        count_atoms("C12H022")
    assert caught.value.position == 4


def test_something_else_behind_a_number():
    with pytest.raises(FormulaError) as caught:
        count_atoms("C12x")
    assert caught.value.position == 3


def test_no_space_behind_a_number():
    with pytest.raises(FormulaError) as caught:
        count_atoms("C12 ")
    assert caught.value.position == 3
