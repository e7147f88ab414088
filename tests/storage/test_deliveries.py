from __future__ import annotations

import threading
from collections.abc import Collection
from datetime import datetime

import pytest
from sqlalchemy.exc import IntegrityError

from storage import deliveries
from storage.database import Database, Transaction
from storage.deliveries import OutboxDepth
from storage.records import Delivery, DeliveryState, Document, NewDelivery
from tests.storage.builders import START, a_delivery, a_document, an_alert, hours

NOW = hours(1)


def some(transaction: Transaction, count: int, document: Document | None = None) -> list[int]:
    """Deliveries of so many alerts, each about `document` or about none, to one recipient; their ids."""
    return [a_delivery(transaction, an_alert(transaction, document)) for _ in range(count)]


def claim(
    transaction: Transaction, channel: str, now: datetime, *, busy: Collection[str] = ()
) -> Delivery | None:
    found = deliveries.next_due(transaction, channel, now, busy=busy)
    return deliveries.claim(transaction, found) if found is not None else None


def claimed(transaction: Transaction, channel: str = "mail") -> int | None:
    delivery = claim(transaction, channel, NOW)
    return delivery.id if delivery else None


def test_the_oldest_comes_first_and_each_is_claimed_once(database: Database) -> None:
    with database.write() as transaction:
        ids = some(transaction, 3)
        assert [claimed(transaction) for _ in range(4)] == [*ids, None]


def test_a_claim_is_written_down_before_the_try(database: Database) -> None:
    with database.write() as transaction:
        (delivery_id,) = some(transaction, 1)
        assert deliveries.next_due(transaction, "mail", NOW) == delivery_id
        assert deliveries.get(transaction, delivery_id).attempts == 0
        delivery = claim(transaction, "mail", NOW)
    assert delivery is not None
    assert (delivery.state, delivery.attempts) == (DeliveryState.SENDING, 1)
    with database.read() as transaction:
        assert deliveries.get(transaction, delivery_id) == delivery


def test_a_channel_sees_its_own_deliveries_alone(database: Database) -> None:
    with database.write() as transaction:
        alert_id = an_alert(transaction)
        mail = a_delivery(transaction, alert_id, channel="mail")
        chat = a_delivery(transaction, alert_id, channel="chat")
        assert claimed(transaction, "other") is None
        assert claimed(transaction, "chat") == chat
        assert claimed(transaction, "mail") == mail


def test_one_document_reaches_a_recipient_in_order_and_others_pass_by(database: Database) -> None:
    with database.write() as transaction:
        acme, beta = a_document(transaction), a_document(transaction, "beta/terms")
        first, second = some(transaction, 2, acme)
        (other,) = some(transaction, 1, beta)
        assert [claimed(transaction) for _ in range(3)] == [first, other, None]
        deliveries.retry_at(transaction, first, hours(2), "450 try later")
        assert claimed(transaction) is None
        deliveries.mark_sent(transaction, first, NOW)
        assert claimed(transaction) == second


def test_a_dead_delivery_lets_the_next_of_its_document_pass(database: Database) -> None:
    with database.write() as transaction:
        first, second = some(transaction, 2, a_document(transaction))
        assert claimed(transaction) == first
        deliveries.mark_dead(transaction, first, NOW, "550 unknown user")
        assert claimed(transaction) == second


def test_another_recipient_does_not_wait_for_a_slow_one(database: Database) -> None:
    with database.write() as transaction:
        document = a_document(transaction)
        slow = a_delivery(transaction, an_alert(transaction, document), "slow@reader.example")
        later = an_alert(transaction, document)
        blocked = a_delivery(transaction, later, "slow@reader.example")
        quick = a_delivery(transaction, later, "quick@reader.example")
        assert [claimed(transaction) for _ in range(3)] == [slow, quick, None]
        assert deliveries.get(transaction, blocked).state is DeliveryState.PENDING


def test_busy_recipients_are_left_for_later(database: Database) -> None:
    with database.write() as transaction:
        alert_id = an_alert(transaction)
        a_delivery(transaction, alert_id, "busy@reader.example")
        free = a_delivery(transaction, alert_id, "free@reader.example")
        busy = {"busy@reader.example"}
        found = claim(transaction, "mail", NOW, busy=busy)
        assert found is not None
        assert found.id == free
        assert claim(transaction, "mail", NOW, busy=busy) is None


def test_nothing_is_tried_before_its_time(database: Database) -> None:
    with database.write() as transaction:
        (delivery_id,) = some(transaction, 1)
        assert claimed(transaction) == delivery_id
        deliveries.retry_at(transaction, delivery_id, hours(3), "421 busy")
        assert deliveries.next_due(transaction, "mail", hours(2.9)) is None
        assert deliveries.next_due(transaction, "mail", hours(3)) == delivery_id
        assert deliveries.next_due_at(transaction) == hours(3)
        again = claim(transaction, "mail", hours(3))
    assert again is not None
    assert (again.attempts, again.last_error) == (2, "421 busy")


def test_what_was_being_sent_at_a_crash_is_sent_again_with_the_same_message_id(database: Database) -> None:
    with database.write() as transaction:
        first, second = some(transaction, 2)
        before = claim(transaction, "mail", NOW)
    with database.write() as transaction:
        assert deliveries.take_back(transaction) == 1
        assert deliveries.take_back(transaction) == 0
        after = claim(transaction, "mail", NOW)
        assert claimed(transaction) == second
    assert before is not None
    assert after is not None
    assert (after.id, after.message_id, after.attempts) == (first, before.message_id, 2)


def test_how_a_delivery_ended_is_kept(database: Database) -> None:
    with database.write() as transaction:
        sent, dead = some(transaction, 2)
        deliveries.retry_at(transaction, sent, NOW, "421 busy")
        deliveries.mark_sent(transaction, sent, hours(2))
        deliveries.mark_dead(transaction, dead, hours(3), "550 unknown user")
        ended = [deliveries.get(transaction, each) for each in (sent, dead)]
        assert deliveries.next_due_at(transaction) is None
        assert deliveries.of_alert(transaction, ended[1].alert_id) == ended[1:]
    assert [ending(delivery) for delivery in ended] == [
        (DeliveryState.SENT, hours(2), None, None),
        (DeliveryState.DEAD, hours(3), None, "550 unknown user"),
    ]


def ending(delivery: Delivery) -> tuple[object, ...]:
    return delivery.state, delivery.finished_at, delivery.next_attempt_at, delivery.last_error


def test_the_depth_counts_what_is_open_and_what_is_dead(database: Database) -> None:
    with database.write() as transaction:
        assert deliveries.depth(transaction, NOW) == OutboxDepth(0, 0, None)
        sent, dead, *_ = some(transaction, 4)
        deliveries.mark_sent(transaction, sent, NOW)
        deliveries.mark_dead(transaction, dead, NOW, "550")
        claimed(transaction)
        assert deliveries.depth(transaction, NOW) == OutboxDepth(open=2, dead=1, oldest_open_at=START)


@pytest.mark.parametrize(
    ("recipient", "message_id", "column"),
    [("b@reader.example", "<1>", "message_id"), ("a@reader.example", "<2>", "recipient")],
)
def test_message_ids_and_recipients_of_an_alert_are_unique(
    database: Database, recipient: str, message_id: str, column: str
) -> None:
    with database.write() as transaction:
        alert_id = an_alert(transaction)
        deliveries.add(transaction, alert_id, [NewDelivery("mail", "a@reader.example", "<1>")], START)
    with pytest.raises(IntegrityError, match=column), database.write() as transaction:
        deliveries.add(transaction, alert_id, [NewDelivery("mail", recipient, message_id)], START)


def test_two_threads_never_claim_the_same_delivery(database: Database) -> None:
    with database.write() as transaction:
        ids = some(transaction, 20)
    taken: list[int] = []

    def work() -> None:
        while True:
            with database.write() as transaction:
                delivery_id = claimed(transaction)
            if delivery_id is None:
                return
            taken.append(delivery_id)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(taken) == ids


def test_news_is_unheard_while_it_waits_and_while_nothing_arrived_since_it_was_given_up(
    database: Database,
) -> None:
    def unheard(transaction: Transaction) -> datetime | None:
        return deliveries.unheard_since(transaction)

    with database.write() as transaction:
        assert unheard(transaction) is None
        alert = an_alert(transaction)
        first, second = (a_delivery(transaction, alert, name) for name in ("a@x.example", "b@x.example"))
        assert unheard(transaction) == START
        deliveries.mark_sent(transaction, first, hours(1))
        assert unheard(transaction) == START
        deliveries.mark_dead(transaction, second, hours(2), "refused")
        assert unheard(transaction) == START
        third = a_delivery(transaction, alert, "c@x.example")
        deliveries.mark_sent(transaction, third, hours(3))
        assert unheard(transaction) is None


def test_news_that_was_given_up_before_anything_ever_arrived_is_unheard(database: Database) -> None:
    with database.write() as transaction:
        deliveries.mark_dead(transaction, a_delivery(transaction, an_alert(transaction)), hours(1), "refused")
        assert deliveries.unheard_since(transaction) == START
