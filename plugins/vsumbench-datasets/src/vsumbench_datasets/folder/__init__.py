"""A folder of one's own videos, with subtitles and annotations beside them."""
