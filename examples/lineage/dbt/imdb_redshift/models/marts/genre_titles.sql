{{ config(dist='title_id', sort=['genre', 'decade']) }}

select
    genres.genre,
    basics.title_id,
    basics.title_type,
    basics.primary_title,
    floor(basics.start_year / 10.0)::integer * 10 as decade
from {{ ref('int_genres_flattened_from_title_basics') }} as genres
inner join {{ ref('new_stg_imdb__title_basics') }} as basics
    on basics.title_id = genres.title_id
