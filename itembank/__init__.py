"""What an item is: items, blueprints, banks and their files. Knows no web and no database."""
