with people as (

    select
        name_id,
        split_to_array(known_for_titles, ',') as known_for_titles
    from {{ ref('new_stg_imdb__name_basics') }}
    where known_for_titles is not null

)

select
    people.name_id,
    trim(title::varchar(16)) as title_id,
    list_index + 1 as title_rank
from people, people.known_for_titles as title at list_index
