"""How an answer is found: tokens, index, ranking, cards (FAQ), citations; no database, clock or network."""
