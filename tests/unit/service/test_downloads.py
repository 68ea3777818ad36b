"""Large answers of one key wait for their turn, and hold up nobody else's."""

import asyncio

import pytest

from paultrap.service import ClientLeftError, unless_left
from paultrap.service.downloads import Downloads


async def settled():
    """Let all tasks of the loop go on as far as they can."""
    for _ in range(20):
        await asyncio.sleep(0)


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 120))


def test_a_key_has_so_many_turns_and_others_have_theirs():
    async def check():
        downloads = Downloads(2)
        answers = [downloads.of("a") for _ in range(3)]
        assert [await each.begin_at_once() for each in answers] == [True, True, False]
        assert await downloads.of("b").begin_at_once()
        answers[0].end()
        assert await answers[2].begin_at_once()

    run(check())


def test_those_who_wait_come_in_order_and_nobody_passes_them():
    async def check():
        downloads = Downloads(1)
        first = downloads.of("a")
        assert await first.begin_at_once()
        begun = []

        async def wait(name):
            download = downloads.of("a")
            await download.begin()
            begun.append(name)
            return download

        tasks = [asyncio.create_task(wait(name)) for name in range(3)]
        await settled()
        first.end()
        assert not await downloads.of("a").begin_at_once()
        await settled()
        assert begun == [0]
        (await tasks[0]).end()
        await settled()
        (await tasks[1]).end()
        await settled()
        assert begun == [0, 1, 2]

    run(check())


def test_a_turn_ends_once():
    async def check():
        downloads = Downloads(1)
        first = downloads.of("a")
        await first.begin()
        first.end()
        first.end()
        downloads.of("a").end()  # It has none.
        assert [await downloads.of("a").begin_at_once() for _ in range(1)] == [True]

    run(check())


def test_one_who_leaves_while_it_waits_takes_no_turn():
    async def check():
        downloads = Downloads(1)
        first, second, third = (downloads.of("a") for _ in range(3))
        await first.begin()
        gone = asyncio.Event()

        async def left():
            await gone.wait()

        waiting = asyncio.create_task(unless_left(second.begin(), left))
        last = asyncio.create_task(third.begin())
        await settled()
        gone.set()
        with pytest.raises(ClientLeftError):
            await waiting
        assert not last.done()
        first.end()
        await last

    run(check())


def test_a_key_without_answers_is_forgotten():
    async def check():
        downloads = Downloads(1)
        answer = downloads.of("a")
        assert len(downloads._turns) == 1
        del answer
        assert not downloads._turns

    run(check())
