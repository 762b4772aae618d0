"""Starts a moto server whose Textract finds the blocks of a file, named first.

By itself it finds none, and tells the number of pages in a form of its own. What
it finds is the same in all documents, which have one page.
"""

import json
import sys

from moto.server import main
from moto.textract.models import TextractBackend

with open(sys.argv.pop(1)) as file:
    TextractBackend.BLOCKS = json.load(file)
TextractBackend.PAGES = 1
main()
