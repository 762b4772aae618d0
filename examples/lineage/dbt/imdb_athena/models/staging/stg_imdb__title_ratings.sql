select
    tconst as title_id,
    try_cast(averagerating as decimal(3, 1)) as average_rating,
    try_cast(numvotes as integer) as vote_count
from {{ source('imdb', 'title_ratings') }}
where tconst is not null
