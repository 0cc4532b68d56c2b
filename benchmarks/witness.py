#!/usr/bin/python3
"""A neutral witness: the latency of trades as one client of Debian's python3-websockets sees it, from the simulator's schedule.

usage: witness.py URL JOURNAL FROM_S FOR_S
Connects and listens; what was scheduled in the window counts, which begins FROM_S after all is connected. When its standard input
ends, by when the journal has to be complete, it joins ids with the journal and prints one line of JSON. It shares no code with
the benchmark and only needs what is on the wire: exchange, instrument and id of a trade. The journal's times and Python's
time.monotonic_ns are the same clock on Linux.
"""
import asyncio
import json
import re
import sys
import time

import websockets

PRODUCTS = {
    ("BinanceSpot", "Spot"): "binance-spot",
    ("BinanceFuturesUsd", "Perpetual"): "binance-futures",
    ("BybitSpot", "Spot"): "bybit-spot",
    ("BybitPerpetualsUsd", "Perpetual"): "bybit-linear",
    ("Okx", "Spot"): "okx-spot",
    ("Okx", "Perpetual"): "okx-swap",
}


async def listen(url, from_s, for_s):
    """Frames with the time of their arrival, and the window, all in microseconds of the monotonic clock."""
    frames = []
    async with websockets.connect(url, compression=None, max_size=None, max_queue=None, ping_interval=None) as socket:
        start_us = time.monotonic_ns() // 1000
        print("listening", file=sys.stderr, flush=True)
        since_us = start_us + int(from_s * 1e6)
        until_us = since_us + int(for_s * 1e6)
        while True:
            # What was sent in the window may arrive after it.
            left_s = (until_us - time.monotonic_ns() // 1000) / 1e6 + 0.5
            try:
                text = await asyncio.wait_for(socket.recv(), max(left_s, 0))
            except asyncio.TimeoutError:
                return frames, since_us, until_us
            now_us = time.monotonic_ns() // 1000
            if '"kind":"trade"' in text and now_us >= since_us:
                frames.append((now_us, text))


def scheduled_times(journal):
    """By product, pair and id. A line: T product symbol id scheduled sent price amount side."""
    times = {}
    with open(journal, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("T "):
                _, product, symbol, trade, scheduled_us, *_ = line.split(" ")
                times[product, re.sub(r"-SWAP$|-", "", symbol), trade] = int(scheduled_us)
    return times


def latencies_us(frames, times, since_us, until_us):
    unknown, latencies = 0, []
    for arrived_us, text in frames:
        event = json.loads(text)
        instrument = event["instrument"]
        product = PRODUCTS[event["exchange"], instrument["kind"]]
        pair = (instrument["base"] + instrument["quote"]).upper()
        scheduled_us = times.get((product, pair, event["data"]["id"]))
        if scheduled_us is None:
            unknown += 1
        elif since_us <= scheduled_us < until_us:
            latencies.append(arrived_us - scheduled_us)
    return sorted(latencies), unknown


def main():
    url, journal, from_s, for_s = sys.argv[1:]
    frames, since_us, until_us = asyncio.run(listen(url, float(from_s), float(for_s)))
    sys.stdin.read()
    sample, unknown = latencies_us(frames, scheduled_times(journal), since_us, until_us)
    at = lambda share: sample[min(int(len(sample) * share), len(sample) - 1)] if sample else None
    print(json.dumps({"count": len(sample), "unknown": unknown, "p50Us": at(0.5), "p99Us": at(0.99), "maxUs": at(1)}))


if __name__ == "__main__":
    main()
