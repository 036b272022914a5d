"""The desk: from somebody who asks to a letter with a number, step by step."""
