"""Channel, subtitle, loudness and quality profiles as data, with the models that validate them.

Every value carries where it comes from: ``source``, ``grade`` (O official or standard seen, C public code,
P third-party page, M commonly known, R measured, proposal) and ``checked_on``.
"""
