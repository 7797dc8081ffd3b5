"""Owns the promise that what a catalog found by a name once is found by it again, and nothing else is."""

from dataclasses import replace

from tests.factories import secret_house

HOUSE = secret_house()


def test_a_unit_a_tariff_and_an_extra_of_one_id_are_not_taken_for_each_other() -> None:
    unit, tariff, extra = HOUSE.units[0], HOUSE.tariffs[0], HOUSE.extras[0]
    catalog = replace(
        HOUSE,
        units=(replace(unit, id="sauna"),),
        tariffs=(replace(tariff, id="sauna"),),
        extras=(replace(extra, id="sauna"),),
    )
    for _ in range(2):
        assert catalog.unit("sauna") is catalog.units[0]
        assert catalog.tariff("sauna") is catalog.tariffs[0]
        assert catalog.extra("sauna") is catalog.extras[0]  # noqa: S610  no Django here
        assert catalog.unit("SAUNA") is catalog.units[0]
        assert catalog.unit("bath") is None


def test_what_one_catalog_has_found_another_one_made_of_it_looks_for_anew() -> None:
    assert HOUSE.unit("house") is HOUSE.units[0]
    larger = replace(HOUSE, units=(replace(HOUSE.units[0], capacity=99),))
    found = larger.unit("house")
    assert found is not None
    assert found.capacity == 99
