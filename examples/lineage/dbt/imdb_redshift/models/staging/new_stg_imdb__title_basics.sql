select
    title_id::varchar(16) as title_id,
    title_type::varchar(32) as title_type,
    primary_title::varchar(2048) as primary_title,
    original_title::varchar(2048) as original_title,
    is_adult,
    start_year::smallint as start_year,
    end_year::smallint as end_year,
    runtime_minutes,
    genres::varchar(256) as genres
from {{ source('imdb', 'stg_imdb__title_basics') }}
