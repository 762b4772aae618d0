select
    title_id::varchar(16) as title_id,
    average_rating::decimal(3, 1) as average_rating,
    vote_count
from {{ source('imdb', 'stg_imdb__title_ratings') }}
where vote_count > 0
