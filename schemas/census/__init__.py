"""The school census: what a return is, its layout, its rules and its dates, year by year.

A collection year is a folder of data (`y2026_27/`); functions take the year as an argument.
"""
