"""What a page, a feed and a sitemap say, given the stories: pure functions of data."""
