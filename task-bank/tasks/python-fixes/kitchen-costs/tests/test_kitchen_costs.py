from decimal import Decimal

import pytest

from menucost import Costing, CycleError, Menu, Pantry, RecipeBook, UnknownItem


def kitchen():
    pantry, book = Pantry(), RecipeBook()
    pantry.set_price("flour", "1.00", per="1 kg")
    pantry.set_price("tomato", "2.00", per="1 kg")
    pantry.set_price("cheese", "8.00", per="1 kg")
    book.define("dough", yields="1 kg", lines={"flour": "1 kg"})
    book.define("base", yields="4 pc", lines={"dough": "1 kg"})
    book.define("sauce", yields="1 kg", lines={"tomato": "1 kg"})
    book.define("pizza", yields="1 pc", lines={"base": "1 pc", "sauce": "100 g", "cheese": "100 g"})
    book.define("party", yields="10 pc", lines={"pizza": "10 pc"})
    return pantry, book, Costing(pantry, book)


def test_price_two_recipes_down():
    pantry, _, costing = kitchen()
    assert costing.cost("base") == Decimal("1.00")
    pantry.set_price("flour", "3.00", per="1 kg")
    assert costing.cost("base") == Decimal("3.00")


def test_price_many_recipes_down():
    pantry, _, costing = kitchen()
    assert costing.cost("party") == Decimal("12.50")
    pantry.set_price("flour", "3.00", per="1 kg")
    assert costing.cost("party") == Decimal("17.50")
    assert costing.cost("pizza") == Decimal("1.75")


def test_several_changes_one_after_another():
    pantry, _, costing = kitchen()
    assert costing.cost("party") == Decimal("12.50")
    pantry.set_price("tomato", "4.00", per="1 kg")
    assert costing.cost("party") == Decimal("14.50")
    pantry.set_price("flour", "3.00", per="1 kg")
    assert costing.cost("pizza") == Decimal("1.95")
    pantry.set_price("flour", "5.00", per="1 kg")
    assert costing.cost("party") == Decimal("24.50")


def test_recipe_replaced_further_down():
    _, book, costing = kitchen()
    assert costing.cost("party") == Decimal("12.50")
    book.define("dough", yields="2 kg", lines={"flour": "1 kg"})
    assert costing.cost("party") == Decimal("11.25")


def test_new_line_of_a_recipe_further_down():
    pantry, book, costing = kitchen()
    assert costing.cost("party") == Decimal("12.50")
    pantry.set_price("oil", "5.00", per="1 l")
    book.define("dough", yields="1 kg", lines={"flour": "1 kg", "oil": "200 ml"})
    assert costing.cost("party") == Decimal("15.00")
    pantry.set_price("oil", "10.00", per="1 l")
    assert costing.cost("party") == Decimal("17.50")


def test_kitchen_starts_to_make_what_it_bought():
    pantry, book, costing = kitchen()
    assert costing.cost("party") == Decimal("12.50")
    pantry.set_price("milk", "1.00", per="1 l")
    book.define("cheese", yields="1 kg", lines={"milk": "3 l"})
    assert costing.cost("party") == Decimal("7.50")


def test_recipe_taken_out_further_down():
    _, book, costing = kitchen()
    assert costing.cost("party") == Decimal("12.50")
    book.remove("dough")
    with pytest.raises(UnknownItem) as caught:
        costing.cost("party")
    assert caught.value.name == "dough"


def test_two_ways_down():
    pantry, book, costing = kitchen()
    book.define("roux", yields="1 kg", lines={"flour": "500 g"})
    book.define("gravy", yields="1 kg", lines={"roux": "200 g"})
    book.define("plate", yields="1 pc", lines={"gravy": "1 kg", "base": "4 pc"})
    assert costing.cost("plate") == Decimal("1.10")
    pantry.set_price("flour", "2.00", per="1 kg")
    assert costing.cost("plate") == Decimal("2.20")
    assert [costing.computed[name] for name in ("roux", "gravy", "dough", "base", "plate")] == [2, 2, 2, 2, 2]


def test_margins():
    pantry, _, costing = kitchen()
    menu = Menu(costing)
    menu.add("party", "5.00", "2 pc")
    assert menu.margin("party") == Decimal("50.0")
    assert menu.warnings(40) == []
    pantry.set_price("flour", "3.00", per="1 kg")
    assert menu.margin("party") == Decimal("30.0")
    assert menu.warnings(40) == ["party"]


def test_only_what_depends_on_it_is_calculated_again():
    pantry, _, costing = kitchen()
    costing.cost("party")
    pantry.set_price("flour", "3.00", per="1 kg")
    assert costing.cost("party") == Decimal("17.50")
    assert costing.computed == {"dough": 2, "base": 2, "sauce": 1, "pizza": 2, "party": 2}


def test_users_of_a_changed_recipe_only():
    _, book, costing = kitchen()
    costing.cost("party")
    book.define("pizza", yields="2 pc", lines={"base": "1 pc", "sauce": "100 g", "cheese": "100 g"})
    assert costing.cost("party") == Decimal("6.25")
    assert costing.computed == {"dough": 1, "base": 1, "sauce": 1, "pizza": 2, "party": 2}


def test_nothing_changed():
    _, _, costing = kitchen()
    costing.cost("party")
    costing.cost("party", "3 pc")
    costing.cost("pizza")
    assert costing.computed == {"dough": 1, "base": 1, "sauce": 1, "pizza": 1, "party": 1}


def test_change_that_concerns_nobody():
    pantry, book, costing = kitchen()
    costing.cost("party")
    pantry.set_price("salt", "0.50", per="1 kg")
    book.define("tea", yields="1 l", lines={"leaves": "10 g"})
    assert costing.cost("party") == Decimal("12.50")
    assert costing.computed == {"dough": 1, "base": 1, "sauce": 1, "pizza": 1, "party": 1}


def test_ingredient_that_is_no_longer_used():
    pantry, book, costing = kitchen()
    costing.cost("party")
    book.define("pizza", yields="1 pc", lines={"base": "1 pc", "sauce": "100 g"})
    assert costing.cost("pizza") == Decimal("0.45")
    pantry.set_price("cheese", "9.00", per="1 kg")
    assert costing.cost("pizza") == Decimal("0.45")
    assert costing.computed["pizza"] == 2


def test_change_below_recipes_that_contain_each_other():
    pantry, book, costing = kitchen()
    book.define("hen", yields="1 pc", lines={"egg": "1 pc", "flour": "100 g"})
    book.define("egg", yields="1 pc", lines={"hen": "1 pc"})
    pantry.set_price("flour", "2.00", per="1 kg")
    with pytest.raises(CycleError):
        costing.cost("egg")
    book.define("egg", yields="1 pc", lines={"flour": "1 kg"})
    assert costing.cost("hen") == Decimal("2.20")


def test_long_chain_of_recipes():
    pantry, book, costing = kitchen()
    book.define("step0", yields="1 kg", lines={"flour": "1 kg"})
    for number in range(1, 100):
        book.define(f"step{number}", yields="1 kg", lines={f"step{number - 1}": "1 kg"})
    assert costing.cost("step99") == Decimal("1.00")
    pantry.set_price("flour", "1.50", per="1 kg")
    assert costing.cost("step99") == Decimal("1.50")
    assert costing.computed["step0"] == 2
