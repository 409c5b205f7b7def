"""The only room that knows Excel: reads and writes workbooks, decides nothing."""
