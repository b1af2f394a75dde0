"""The Common Transfer File: which elements it has in each version and in each family of files of its shape.

No schema of the Department could be had. Every row of `layout.csv` says where its element was seen and how sure that
is; what is not proven is in that one table, is left out where a wrong tag would cost the whole file
(`not_emitted.csv`), and is told to whoever sends.
"""
